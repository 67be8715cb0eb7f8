/* What builds, machines and checkpoints say of themselves, as JSON. */
#include "io/json.h"

#include <exaket/report.h>

ek_status ek_info_json(size_t count, const ek_fact *facts, char **text)
{
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++) {
        const ek_fact *fact = &facts[i];
        for (int n = 0; n < fact->number_count; n++)
            set(object, fact->number[n].key, whole(fact->number[n].value));
        if (fact->number_count == 0) set(object, fact->key, word(fact->value));
    }
    return print(object, text);
}

ek_status ek_checkpoint_json(const char *path, int verified, const ek_checkpoint_info *info,
                             char **text)
{
    char circuit[17];
    snprintf(circuit, sizeof circuit, "%016llx", (unsigned long long)info->circuit);
    json_t *object = json_pack(
        "{s:o, s:b, s:i, s:i, s:s, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "file",
        word(path), "verified", verified, "schema", info->schema, "qubits", info->qubits,
        "precision", ek_precision_name(info->precision), "bytes", whole(info->bytes), "blocks",
        whole(info->blocks), "ranks", info->ranks, "passes_done", whole(info->passes), "passes",
        whole(info->passes_total), "operations_left", whole(info->operations_left), "draws",
        whole(info->draws), "seconds", number(info->seconds), "norm", number(info->norm),
        "circuit", circuit);
    return print(object, text);
}
