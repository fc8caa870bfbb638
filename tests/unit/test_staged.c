/*
 * Files that are only meant yet: how the configuration reads with them, and how
 * they are written.
 */
#include "config_files.h"

#include <dirent.h>

#include "base/buffer.h"
#include "cli/store.h"

static struct buffer texts[2];
static char paths[2][512];

/* A file as it is to be; null: gone. */
static struct staged file(const struct folder *folder, unsigned slot,
                          const char *name, const char *text)
{
    snprintf(paths[slot], sizeof paths[slot], "%s", folder_file(folder, name));
    buffer_finish(&texts[slot]);
    buffer_init(&texts[slot], 1 << 20);
    if (text)
        buffer_add_text(&texts[slot], text);
    return (struct staged){paths[slot], text ? &texts[slot] : NULL};
}

static struct config *load(const struct folder *folder,
                           const struct staged *files, size_t count)
{
    struct error err = {0};
    struct config *config = config_load_staged(
        folder_file(folder, "imappushd.conf"), files, count, &err);

    if (!config)
        fail_msg("%s", err.text);
    return config;
}

static void assert_told_with(const struct folder *folder,
                             const struct staged *files, size_t count,
                             const char *wanted)
{
    struct config *config = load(folder, files, count);
    char *told = folder_complaints(folder, config);

    assert_string_equal(told, wanted);
    free(told);
    config_unload(&config);
}

/* ---- reading ---- */

static void file_that_joins_the_others(void **state)
{
    const struct folder *folder = *state;
    const struct staged files[] = {
        file(folder, 0, "endpoints.d/q.url", "https://push.example/q\n"),
        file(folder, 1, "endpoints.d/q.conf", "min_interval = 7;\n"),
    };
    struct config *config = load(folder, files, 2);

    assert_null(config->complaints);
    assert_int_equal(config->endpoint_count, 2);
    assert_string_equal(config->endpoints[1].name, "q");
    assert_string_equal(config->endpoints[1].url, "https://push.example/q");
    assert_int_equal(config->endpoints[1].min_interval_s, 7);
    config_unload(&config);
    assert_int_equal(access(files[0].path, F_OK), -1); /* it was only read */
}

static void file_that_takes_the_place_of_another(void **state)
{
    const struct folder *folder = *state;

    folder_write(folder, "endpoints.d/p.conf", "min_interval = 7;");
    folder_write(folder, "endpoints.d/p.url", "https://push.example/old");
    const struct staged files[] = {
        file(folder, 0, "endpoints.d/p.url", "https://push.example/new")};
    struct config *config = load(folder, files, 1);

    assert_null(config->complaints);
    assert_int_equal(config->endpoint_count, 1);
    assert_string_equal(config->endpoints[0].url, "https://push.example/new");
    assert_int_equal(config->endpoints[0].min_interval_s, 7);
    config_unload(&config);
}

static void file_that_goes(void **state)
{
    const struct folder *folder = *state;
    const struct staged files[] = {file(folder, 0, "endpoints.d/p.conf", NULL)};

    assert_told_with(folder, files, 1,
                     "W imappushd.conf: there is no endpoint: nobody is told "
                     "of new mail\n");
    folder_write(folder, "accounts.d/a.conf",
                 ACCOUNT "rules = (\n { from = \"*\"; push = \"now\"; "
                         "endpoints = [ \"p\" ]; } );");
    assert_told_with(folder, files, 1,
                     "E accounts.d/a.conf:3: there is no endpoint \"p\"\n"
                     "W imappushd.conf: there is no endpoint: nobody is told "
                     "of new mail\n");
}

static void mistakes_in_what_is_meant(void **state)
{
    const struct folder *folder = *state;
    struct staged files[] = {
        file(folder, 0, "endpoints.d/q.url", "ftp://push.example/q"),
        file(folder, 1, "endpoints.d/q.conf", "\nmin_intervall = 7;\n")};

    assert_told_with(folder, files, 2,
                     "E endpoints.d/q.conf:2: unknown key \"min_intervall\"; "
                     "the nearest known key is \"min_interval\"\n"
                     "E endpoints.d/q.conf: the push URL does not begin with "
                     "https://\n");
    files[1] = file(folder, 1, "endpoints.d/q.conf", "\n\xff\n");
    assert_told_with(folder, files, 2,
                     "E endpoints.d/q.conf:2: this is not valid UTF-8\n");
    files[1] = file(folder, 1, "endpoints.d/.q.conf", "rubbish");
    assert_told_with(folder, files, 2, ""); /* hidden ones are not read */
}

static void not_even_a_folder_is_there(void **state)
{
    const struct folder *folder = *state;
    const struct staged files[] = {
        file(folder, 0, "endpoints.d/q.conf", ENDPOINT)};

    folder_remove(folder);
    assert_told_with(folder, files, 1,
                     "W imappushd.conf: there is no account: no mailbox is "
                     "watched; imappushd --add-account adds one\n");
}

/* ---- writing ---- */

static void assert_holds(const char *path, const char *wanted)
{
    char text[256] = "";
    FILE *stream = fopen(path, "r");

    assert_non_null(stream);
    assert_int_equal(fread(text, 1, sizeof text - 1, stream), strlen(wanted));
    fclose(stream);
    assert_string_equal(text, wanted);
}

/* How many files there are, the hidden ones as well. */
static int count_files(const struct folder *folder)
{
    DIR *entries = opendir(folder_file(folder, "endpoints.d"));
    int count = 0;

    while (entries && readdir(entries))
        count++;
    if (entries)
        closedir(entries);
    return count - 2;
}

static void all_files_are_written(void **state)
{
    const struct folder *folder = *state;
    const struct staged files[] = {
        file(folder, 0, "endpoints.d/q.url", "https://push.example/q\n"),
        file(folder, 1, "endpoints.d/q.conf", ""),
    };
    struct error err;
    struct stat info;

    folder_remove(folder);
    assert_int_equal(mkdir(folder->path, 0700), 0);
    umask(0);
    assert_int_equal(store_write(files, 2, true, &err), 0);
    umask(077);
    assert_holds(files[0].path, "https://push.example/q\n");
    assert_holds(files[1].path, "");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(stat(files[i].path, &info), 0);
        assert_int_equal(info.st_mode & 07777, 0600);
    }
    assert_int_equal(stat(folder_file(folder, "endpoints.d"), &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    assert_int_equal(count_files(folder), 2);
}

static void one_is_there_already(void **state)
{
    const struct folder *folder = *state;
    const struct staged files[] = {
        file(folder, 0, "endpoints.d/p.url", "https://push.example/q\n"),
        file(folder, 1, "endpoints.d/p.conf", ""),
    };
    struct error err;

    assert_int_equal(store_write(files, 2, true, &err), -1);
    assert_string_equal(err.code, "exists");
    assert_non_null(strstr(err.text, "endpoints.d/p.conf is there already"));
    assert_holds(files[1].path, ENDPOINT);
    assert_int_equal(count_files(folder), 1);
    assert_int_equal(store_write(files, 2, false, &err), 0);
    assert_holds(files[1].path, "");
}

/* The second cannot be put where a folder is: the first is taken back. */
static void second_one_fails(void **state)
{
    const struct folder *folder = *state;
    const struct staged files[] = {
        file(folder, 0, "endpoints.d/q.url", "https://push.example/q\n"),
        file(folder, 1, "endpoints.d/q.conf", ""),
    };
    struct error err;

    assert_int_equal(mkdir(files[1].path, 0700), 0);
    assert_int_equal(store_write(files, 2, false, &err), -1);
    assert_non_null(strstr(err.text, "endpoints.d/q.conf: Is a directory"));
    assert_int_equal(access(files[0].path, F_OK), -1);
    assert_int_equal(count_files(folder), 2);
}

static void files_that_go(void **state)
{
    const struct folder *folder = *state;
    const struct staged files[] = {
        file(folder, 0, "endpoints.d/p.conf", NULL),
        file(folder, 1, "endpoints.d/p.url", NULL), /* is not there */
    };
    struct error err;

    folder_write(folder, "endpoints.d/.x.url.imappushd-new", "secret");
    folder_write(folder, "endpoints.d/.mine", "");
    assert_int_equal(store_write(files, 2, false, &err), 0);
    assert_int_equal(access(files[0].path, F_OK), -1);
    assert_int_equal(count_files(folder), 1);
}

static int setup(void **state)
{
    return folder_setup(state);
}

static int teardown(void **state)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        buffer_finish(&texts[i]);
    return folder_teardown(state);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(file_that_joins_the_others),
        WITH_FOLDER(file_that_takes_the_place_of_another),
        WITH_FOLDER(file_that_goes),
        WITH_FOLDER(mistakes_in_what_is_meant),
        WITH_FOLDER(not_even_a_folder_is_there),
        WITH_FOLDER(all_files_are_written),
        WITH_FOLDER(one_is_there_already),
        WITH_FOLDER(second_one_fails),
        WITH_FOLDER(files_that_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
