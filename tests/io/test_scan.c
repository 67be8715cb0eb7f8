#include "io/scan.h"
#include "io/text_file.h"
#include "support/harness.h"

#include <locale.h>
#include <string.h>

/* Reads all words of a text as "word@line:column " into `out`. */
static void list_words(struct ek_scan scan, const char *text, char *out, size_t size)
{
    ek_file file = text_file(text);
    size_t length = 0;
    out[0] = '\0';
    CHECK_OK(ek_scan_begin(&scan, &file));
    while (ek_scan_next_line(&scan)) {
        while (!ek_scan_at_line_end(&scan)) {
            const struct ek_token token = ek_scan_token(&scan);
            EK_FAIL_IN(&file, token.text, "here");
            const int place = (int)(strlen(ek_last_message()) - strlen("test:: here"));
            length +=
                (size_t)snprintf(out + length, size - length, "%.*s@%.*s ", (int)token.length,
                                 token.text, place, ek_last_message() + strlen("test:"));
        }
        ek_scan_skip_line(&scan);
    }
    ek_file_clear(&file);
}

static void check_words(struct ek_scan scan, const char *text, const char *expected)
{
    char words[256];
    list_words(scan, text, words, sizeof words);
    if (strcmp(words, expected) != 0) fprintf(stderr, "\n'%s' is not '%s'\n", words, expected);
    CHECK(strcmp(words, expected) == 0);
}

static void test_places(void)
{
    const struct ek_scan plain = {0};
    check_words(plain, "", "");
    check_words(plain, " \n\t\n  ", "");
    check_words(plain, "a bc\n d", "a@1:1 bc@1:3 d@2:2 ");
    check_words(plain, "a\r\nb\r\n\r\nc", "a@1:1 b@2:1 c@4:1 ");
    check_words(plain, "a\rb\r\rc\r", "a@1:1 b@2:1 c@4:1 ");
    check_words(plain, "\ta\t\tb \v\f c", "a@1:2 b@1:5 c@1:10 ");
    check_words(plain,
                "\xEF\xBB\xBF"
                "a b",
                "a@1:1 b@1:3 ");
    check_words(plain, "\xC3\xA4\xC3\xB6 b", "\xC3\xA4\xC3\xB6@1:1 b@1:4 ");
    check_words(plain, "#a ,b", "#a@1:1 ,b@1:4 ");
}

static void test_comments_and_commas(void)
{
    const struct ek_scan comments = {.comment = '#'}, remarks = {.remark = 'c'};
    const struct ek_scan commas = {.commas = true};
    check_words(comments, "# x\na#y\n #\nb", "a@2:1 b@4:1 ");
    check_words(remarks, "c x\n cat\na c\nb", "a@3:1 c@3:3 b@4:1 ");
    check_words(commas, "a,b ,, c", "a@1:1 ,@1:2 b@1:3 ,@1:5 ,@1:6 c@1:8 ");
}

static struct ek_token token_of(const char *text)
{
    return (struct ek_token){text, strlen(text)};
}

static void test_numbers(void)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0},      {"-0", 0},     {"+7", 7},
                {"1.5", 1.5},  {".5", 0.5},   {"5.", 5},
                {"1e3", 1e3},  {"1E+3", 1e3}, {"-2.5e-3", -2.5e-3},
                {"1e-400", 0}, {"00012", 12}, {"123456789012345678", 123456789012345678.0}};
    static const char *const bad[] = {"",      "+",   "-",   ".",    "e5",      "1e",    "1e+",
                                      "nan",   "NaN", "inf", "-inf", "0x10",    "1e999", "1,5",
                                      "1.2.3", "1-2", "--1", "1f",   "infinity"};
    double value;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK(ek_token_number(token_of(good[i].text), &value));
        CHECK(value == good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!ek_token_number(token_of(bad[i]), &value));
}

static void test_integers(void)
{
    static const char *const bad[] = {"",
                                      "-",
                                      "+",
                                      "1.0",
                                      "1e3",
                                      "0x1",
                                      "1-",
                                      "a",
                                      "9223372036854775808",
                                      "-9223372036854775809"};
    long value;
    CHECK(ek_token_integer(token_of("-12"), &value) && value == -12);
    CHECK(ek_token_integer(token_of("+07"), &value) && value == 7);
    CHECK(ek_token_integer(token_of("9223372036854775807"), &value) && value == INT64_MAX);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!ek_token_integer(token_of(bad[i]), &value));
}

static void test_words_end_where_they_end(void)
{
    double value;
    long integer;
    CHECK(ek_token_number((struct ek_token){"12345", 2}, &value) == false);
    CHECK(ek_token_integer((struct ek_token){"12345", 2}, &integer) == false);
    CHECK(ek_token_number((struct ek_token){"1.5,2", 3}, &value) && value == 1.5);
    CHECK(ek_token_is(token_of("edge"), "edge"));
    CHECK(!ek_token_is(token_of("edges"), "edge") && !ek_token_is(token_of("edg"), "edge"));
}

static void test_numbers_do_not_depend_on_the_locale(void)
{
    const char *const german[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "nl_NL.UTF-8"};
    const char *set = NULL;
    for (size_t i = 0; i < 4 && !set; i++) set = setlocale(LC_NUMERIC, german[i]);
    if (!set) printf("no locale with a decimal comma is installed; checked in C only ");
    double value = 0;
    CHECK(ek_token_number(token_of("1.5"), &value) && value == 1.5);
    CHECK(!ek_token_number(token_of("1,5"), &value));
    setlocale(LC_NUMERIC, "C");
}

static void test_tokens_in_messages(void)
{
    static const char *const texts[][2] = {
        {"abc", "expected 'x', found 'abc'"},
        {"\xFF\xFE\n", "expected 'x', found '\\xFF\\xFE'"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "found 'aaaaaaaaaaaaaaaaaaaaaaaa...'"},
        {"", "test:1:1: expected 'x', found the end of the file"},
        {"%s%n", "found '%s%n'"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ek_file file = text_file(texts[i][0]);
        struct ek_scan scan = {0};
        CHECK_OK(ek_scan_begin(&scan, &file));
        CHECK_STATUS(ek_scan_word(&scan, "x"), EK_ERROR_PARSE);
        CHECK(strstr(ek_last_message(), texts[i][1]) != NULL);
        ek_file_clear(&file);
    }
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"words know their line and column", test_places},
        {"comments are skipped, commas are words", test_comments_and_commas},
        {"numbers", test_numbers},
        {"integers", test_integers},
        {"a number must fill its word", test_words_end_where_they_end},
        {"numbers do not depend on the locale", test_numbers_do_not_depend_on_the_locale},
        {"messages show the word in question", test_tokens_in_messages},
    };
    return test_main(argc, argv, "io: scan", cases, sizeof cases / sizeof *cases);
}
