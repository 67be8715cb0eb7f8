#include "io/seal.h"

#include "io/blocks.h"
#include "io/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 16 };
static const char MAGIC[16] = "exaket sealed\r\n";
static const uint64_t ORDER = UINT64_C(0x0102030405060708);

/* Digest of the bytes from `from` to `to`, after `digest`. */
static ek_status digest_range(int descriptor, const char *path, uint64_t from, uint64_t to,
                              uint64_t *digest)
{
    char piece[PIECE];
    while (from < to) {
        const size_t count = to - from < PIECE ? (size_t)(to - from) : PIECE;
        EK_TRY(ek_bytes_read(descriptor, path, piece, count, from));
        *digest = ek_digest(*digest, piece, count);
        from += count;
    }
    return EK_OK;
}

static ek_status digest_file(int descriptor, const char *path, const struct ek_seal *seal,
                             uint64_t *digest)
{
    *digest = 0;
    EK_TRY(digest_range(descriptor, path, EK_SEAL_BYTES, seal->skip_from, digest));
    return digest_range(descriptor, path, seal->skip_from + seal->skip_bytes, seal->length,
                        digest);
}

static uint64_t own_digest(const struct ek_seal *seal)
{
    return ek_digest(0, seal, offsetof(struct ek_seal, own));
}

static ek_status length_of(int descriptor, const char *path, uint64_t *length)
{
    struct stat facts;
    if (fstat(descriptor, &facts) != 0)
        return EK_FAIL(EK_ERROR_FILE, "cannot read %s: %s", path, strerror(errno));
    *length = (uint64_t)facts.st_size;
    return EK_OK;
}

ek_status ek_seal_write(const char *path, uint64_t schema, uint64_t skip_from,
                        uint64_t skip_bytes)
{
    union {
        struct ek_seal seal;
        char bytes[EK_SEAL_BYTES];
    } block = {.bytes = {0}};
    struct ek_seal *seal = &block.seal;
    const int descriptor = open(path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0)
        return EK_FAIL(EK_ERROR_FILE, "cannot open %s: %s", path, strerror(errno));
    memcpy(seal->magic, MAGIC, sizeof MAGIC);
    seal->order = ORDER, seal->schema = schema;
    seal->skip_from = skip_from, seal->skip_bytes = skip_bytes;
    ek_status status = length_of(descriptor, path, &seal->length);
    if (status == EK_OK) status = digest_file(descriptor, path, seal, &seal->digest);
    seal->own = own_digest(seal);
    if (status == EK_OK)
        status = ek_bytes_write(descriptor, path, block.bytes, sizeof block.bytes, 0);
    close(descriptor);
    return status;
}

#define REFUSE(path, what) EK_FAIL(EK_ERROR_MISMATCH, "%s %s", (path), (what))

static ek_status check_seal(const char *path, int descriptor, uint64_t schema,
                            struct ek_seal *seal)
{
    char rest[EK_SEAL_BYTES - sizeof *seal];
    uint64_t length = 0, digest = 0, nonzero = 0;
    EK_TRY(length_of(descriptor, path, &length));
    if (length < EK_SEAL_BYTES) return REFUSE(path, "is no checkpoint, or ends too early");
    EK_TRY(ek_bytes_read(descriptor, path, seal, sizeof *seal, 0));
    EK_TRY(ek_bytes_read(descriptor, path, rest, sizeof rest, sizeof *seal));
    for (size_t i = 0; i < sizeof rest; i++) nonzero |= (uint8_t)rest[i];
    if (memcmp(seal->magic, MAGIC, sizeof MAGIC) != 0)
        return REFUSE(path, "is no checkpoint, or a damaged one");
    if (seal->order == __builtin_bswap64(ORDER))
        return REFUSE(path, "is of a machine with another byte order: go on on such a one");
    if (seal->own != own_digest(seal) || seal->order != ORDER || nonzero)
        return REFUSE(path, "is damaged: its seal is broken");
    if (seal->schema != schema)
        return EK_FAIL(EK_ERROR_MISMATCH, "%s has schema %llu, and this version knows %llu: use "
                       "the one that wrote it", path, (unsigned long long)seal->schema,
                       (unsigned long long)schema);
    if (seal->length != length)
        return EK_FAIL(EK_ERROR_MISMATCH, "%s is damaged: it has %llu bytes and must have %llu",
                       path, (unsigned long long)length, (unsigned long long)seal->length);
    EK_TRY(digest_file(descriptor, path, seal, &digest));
    return digest == seal->digest ? EK_OK
                                  : REFUSE(path, "is damaged, though not in its amplitudes");
}

ek_status ek_seal_check(const char *path, uint64_t schema, struct ek_seal *seal)
{
    int descriptor;
    EK_TRY(ek_file_open_regular(path, &descriptor));
    const ek_status status = check_seal(path, descriptor, schema, seal);
    close(descriptor);
    return status;
}

bool ek_seal_begins(const char *path)
{
    char magic[sizeof MAGIC];
    const int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    const ssize_t length = descriptor < 0 ? -1 : pread(descriptor, magic, sizeof magic, 0);
    if (descriptor >= 0) close(descriptor);
    return length == 0 || (length == sizeof magic && memcmp(magic, MAGIC, sizeof MAGIC) == 0);
}
