/*
 * Which files are read, and which are refused.
 */
#include "config_files.h"

/* ---- URL files ---- */

static void url_file_beside_the_endpoint(void **state)
{
    const struct folder *folder = *state;

    folder_write(folder, "endpoints.d/p.conf", "");
    folder_write(folder, "endpoints.d/p.url",
                 "\xef\xbb\xbf \thttps://push.example/abc \r\nnotes\r\n");
    struct config *config = folder_load(folder);

    assert_null(config->complaints);
    assert_string_equal(config->endpoints[0].url, "https://push.example/abc");
    config_unload(&config);
}

static void url_file_relative_to_the_main_file(void **state)
{
    const struct folder *folder = *state;

    folder_write(folder, "imappushd.conf",
                 "endpoints = ( { name = \"q\"; url_file = \"secret/q\"; } );");
    assert_int_equal(mkdir(folder_file(folder, "secret"), 0700), 0);
    folder_write(folder, "secret/q", "https://push.example/q");
    struct config *config = folder_load(folder);

    assert_null(config->complaints);
    assert_string_equal(config->endpoints[0].url, "https://push.example/q");
    config_unload(&config);
}

static void url_file_with_empty_first_line(void **state)
{
    const struct folder *folder = *state;

    folder_write(folder, "endpoints.d/p.conf", "url_file = \"u\";");
    folder_write(folder, "endpoints.d/u", " \nhttps://push.example/abc\n");
    folder_assert_told(
        folder, "E endpoints.d/u: the first line must be the push URL\n");
}

static void url_that_others_can_read(void **state)
{
    const struct folder *folder = *state;

    folder_write(folder, "imappushd.conf",
                 "endpoints = ( {\n name = \"m\"; url = \"https://h/m\"; } );");
    folder_write(folder, "endpoints.d/q.conf", "");
    folder_write(folder, "endpoints.d/q.url", "https://push.example/q");
    chmod(folder_file(folder, "imappushd.conf"), 0604);
    chmod(folder_file(folder, "endpoints.d/p.conf"), 0640);
    chmod(folder_file(folder, "endpoints.d/q.conf"), 0644); /* holds none */
    chmod(folder_file(folder, "endpoints.d/q.url"), 0644);
    chmod(folder_file(folder, "accounts.d/a.conf"), 0644);
    folder_assert_told(
        folder, "W imappushd.conf:2: other users may be able to read the push "
                "URL in this file; to change that: chmod go= on it\n"
                "W endpoints.d/p.conf:1: other users may be able to read the "
                "push URL in this file; to change that: chmod go= on it\n"
                "W endpoints.d/q.url: other users may be able to read the push "
                "URL in this file; to change that: chmod go= on it\n");
}

/* ---- files ---- */

static void main_file_is_not_needed(void **state)
{
    const struct folder *folder = *state;

    remove(folder_file(folder, "imappushd.conf"));
    folder_assert_told(folder, "");
}

static void main_file_missing(void **state)
{
    const struct folder *folder = *state;

    folder_remove(folder);
    assert_int_equal(mkdir(folder->path, 0700), 0);
    folder_assert_told(folder,
                       "E imappushd.conf: No such file or directory; "
                       "imappushd --add-account makes what is needed\n");
}

static void folders_missing(void **state)
{
    const struct folder *folder = *state;

    folder_remove(folder);
    assert_int_equal(mkdir(folder->path, 0700), 0);
    folder_write(folder, "imappushd.conf", "");
    folder_assert_told(
        folder, "W imappushd.conf: there is no account: no mailbox is "
                "watched; imappushd --add-account adds one\n"
                "W imappushd.conf: there is no endpoint: nobody is told of new "
                "mail\n");
}

static void folder_is_a_file(void **state)
{
    const struct folder *folder = *state;

    remove(folder_file(folder, "accounts.d/a.conf"));
    remove(folder_file(folder, "accounts.d"));
    folder_write(folder, "accounts.d", "");
    folder_assert_told(folder, "E accounts.d: Not a directory\n");
}

static void backups_and_hidden_files_are_ignored(void **state)
{
    static const char *const names[] = {".a.conf",    ".conf",    "a.conf~",
                                        "a.conf.bak", "#a.conf#", "README"};
    const struct folder *folder = *state;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char name[64];

        snprintf(name, sizeof name, "accounts.d/%s", names[i]);
        folder_write(folder, name, "nonsense = ;");
    }
    folder_assert_told(folder, "");
}

static void file_name_with_a_blank(void **state)
{
    const struct folder *folder = *state;

    folder_write(folder, "endpoints.d/my phone.conf",
                 "url = \"https://h.example/\"; min_interval = -1;");
    folder_assert_told(
        folder, "E endpoints.d/my phone.conf: the name of an endpoint may only "
                "have letters, digits and . _ @ + - in it\n"
                "E endpoints.d/my phone.conf:1: min_interval must be a whole "
                "number from 0 to 86400 (seconds between two requests)\n");
}

static void pipe_folder_and_device(void **state)
{
    const struct folder *folder = *state;

    assert_int_equal(mkfifo(folder_file(folder, "accounts.d/b.conf"), 0600), 0);
    assert_int_equal(mkdir(folder_file(folder, "accounts.d/c.conf"), 0700), 0);
    assert_int_equal(
        symlink("/dev/zero", folder_file(folder, "accounts.d/d.conf")), 0);
    folder_assert_told(
        folder, "E accounts.d/b.conf: this file is not a regular file\n"
                "E accounts.d/c.conf: this file is not a regular file\n"
                "E accounts.d/d.conf: this file is not a regular file\n");
}

static void symbolic_link(void **state)
{
    const struct folder *folder = *state;

    rename(folder_file(folder, "accounts.d/a.conf"),
           folder_file(folder, "elsewhere"));
    assert_int_equal(
        symlink("../elsewhere", folder_file(folder, "accounts.d/a.conf")), 0);
    folder_assert_told(folder, "");
    remove(folder_file(folder, "elsewhere"));
    folder_assert_told(folder,
                       "E accounts.d/a.conf: No such file or directory\n");
}

static void file_that_others_can_write(void **state)
{
    const struct folder *folder = *state;
    const char *path = folder_file(folder, "accounts.d/a.conf");

    chmod(path, 0602);
    folder_assert_told(
        folder, "E accounts.d/a.conf: this file can be written by other users; "
                "to change that: chmod go-w\n");
    chmod(path, 0660);
    if (chown(path, (uid_t)-1, getuid()) == 0)
        folder_assert_told(folder, ""); /* a group of the user's own */
    if (chown(path, (uid_t)-1, getuid() + 1) == 0) {
        chmod(path, 0660);
        folder_assert_told(
            folder, "E accounts.d/a.conf: this file can be written by other "
                    "users; to change that: chmod go-w\n");
    }
}

static void file_of_another_user(void **state)
{
    const struct folder *folder = *state;

    if (chown(folder_file(folder, "accounts.d/a.conf"), 65534, (gid_t)-1) < 0)
        skip(); /* only root can give files away */
    folder_assert_told(
        folder, "E accounts.d/a.conf: this file belongs to another user\n");
}

static void file_that_we_cannot_read(void **state)
{
    const struct folder *folder = *state;

    if (geteuid() == 0)
        skip();
    chmod(folder_file(folder, "accounts.d/a.conf"), 0);
    folder_assert_told(folder, "E accounts.d/a.conf: Permission denied\n");
}

static void file_of_256_kib_and_one_more(void **state)
{
    const struct folder *folder = *state;
    char *text = text_repeat('\n', 256 * 1024 + 1);

    memcpy(text, ACCOUNT, strlen(ACCOUNT));
    folder_write(folder, "accounts.d/a.conf", text);
    folder_assert_told(folder,
                       "E accounts.d/a.conf: this file is larger than 256 "
                       "KiB\n");
    text[256 * 1024] = '\0';
    folder_write(folder, "accounts.d/a.conf", text);
    folder_assert_told(folder, "");
    free(text);
}

static void nul_bytes(void **state)
{
    static const char text[] = ACCOUNT "#\0\n\nca_file = \"/a\0b\";";
    const struct folder *folder = *state;

    folder_write_bytes(folder, "accounts.d/a.conf", text, sizeof text - 1);
    folder_assert_told(folder, "E accounts.d/a.conf:2: there is a NUL byte\n"
                               "E accounts.d/a.conf:4: there is a NUL byte\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(url_file_beside_the_endpoint,
                                        folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(url_file_relative_to_the_main_file,
                                        folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(url_file_with_empty_first_line,
                                        folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(url_that_others_can_read, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(main_file_is_not_needed, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(main_file_missing, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(folders_missing, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(folder_is_a_file, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(backups_and_hidden_files_are_ignored,
                                        folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(file_name_with_a_blank, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(pipe_folder_and_device, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(symbolic_link, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(file_that_others_can_write,
                                        folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(file_of_another_user, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(file_that_we_cannot_read, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(file_of_256_kib_and_one_more,
                                        folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(nul_bytes, folder_setup,
                                        folder_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
