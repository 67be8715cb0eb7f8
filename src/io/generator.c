#include "io/generator.h"

#include <string.h>

/* Length of the word before the first ':', 0 when that is no plain word. */
static size_t prefix_length(const char *path)
{
    const size_t length = strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-");
    return path[length] == ':' ? length : 0;
}

bool ek_is_generator(const char *path) { return prefix_length(path) > 0; }

bool ek_is_generator_of(const char *path, const char *word)
{
    return ek_token_is((struct ek_token){path, prefix_length(path)}, word);
}

/* Cuts "a:b:c" into words; returns how many there are, of which `most` are stored. */
static int split_words(const char *text, int most, struct ek_token *words)
{
    int count = 0;
    for (;; text++) {
        const size_t length = strcspn(text, ":");
        if (count < most) words[count] = (struct ek_token){text, length};
        count++;
        text += length;
        if (!*text) return count;
    }
}

ek_status ek_generator_fail(const struct ek_generator *generator, struct ek_token word,
                            const char *expected)
{
    return EK_FAIL(EK_ERROR_ARGUMENT, "expected %s, found '%.*s'; the form is %s", expected,
                   (int)word.length, word.text, generator->form);
}

ek_status ek_generator_count(const struct ek_generator *generator, struct ek_token word,
                             int *count)
{
    long value;
    if (!ek_token_integer(word, &value) || value < 0 || value > 1000000)
        return ek_generator_fail(generator, word, "a count");
    *count = (int)value;
    return EK_OK;
}

static ek_status fail_unknown(const char *path, size_t count,
                              const struct ek_generator *generators, const char *also)
{
    struct ek_text forms = {0};
    for (size_t i = 0; i < count; i++)
        ek_text_printf(&forms, "%s%s", i > 0 ? ", " : "", generators[i].form);
    ek_text_printf(&forms, "%s", also);
    const ek_status status =
        forms.status != EK_OK
            ? forms.status
            : EK_FAIL(EK_ERROR_ARGUMENT,
                      "no generator for '%s'; there are %s; a file of that name is ./%s", path,
                      forms.bytes, path);
    ek_text_clear(&forms);
    return status;
}

ek_status ek_generate(const char *path, size_t count, const struct ek_generator *generators,
                      const char *also, void *made)
{
    struct ek_token words[EK_GENERATOR_FIELDS_MAX];
    for (size_t i = 0; i < count; i++) {
        const struct ek_generator *generator = &generators[i];
        if (!ek_is_generator_of(path, generator->name)) continue;
        const int found =
            split_words(path + strlen(generator->name) + 1, EK_GENERATOR_FIELDS_MAX, words);
        if (found != generator->fields)
            return EK_FAIL(EK_ERROR_ARGUMENT, "'%s' has %d fields after '%s', expected %d: %s",
                           path, found, generator->name, generator->fields, generator->form);
        return generator->make(generator, words, made);
    }
    return fail_unknown(path, count, generators, also);
}
