/*
 * A configuration can name a command to run and a place to send things to, so
 * it must come from its owner: the file belongs to us or to root and nobody
 * else can write it. Only a regular file is read, so that a pipe cannot hang
 * us. A symbolic link is fine, many people keep their files elsewhere; what it
 * leads to is what counts.
 *
 * libconfig would take bytes that are no text and cut a string at a NUL
 * without a word, so both are refused here. It also knows only one way of
 * ending a line: after that of an old Macintosh its comments never end.
 */
#include "config/file.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define CHUNK 16384

/* A group of the same number as the user is the user's own, as most systems
 * make it: nobody else is in it. */
static bool others_can_write(const struct stat *info)
{
    return (info->st_mode & S_IWOTH) ||
           ((info->st_mode & S_IWGRP) && info->st_gid != info->st_uid);
}

/* Null, or why such a file is not read. */
static const char *objection(const struct stat *info)
{
    if (!S_ISREG(info->st_mode))
        return "is not a regular file";
    if (info->st_uid != geteuid() && info->st_uid != 0)
        return "belongs to another user";
    if (others_can_write(info))
        return "can be written by other users; to change that: chmod go-w";
    if (info->st_size > FILE_SIZE_MAX)
        return "is larger than 256 KiB";
    return NULL;
}

/* 0, or -1 with errno; EFBIG when the file grew meanwhile. */
static int read_all(int fd, struct buffer *text)
{
    while (text->length <= FILE_SIZE_MAX) {
        char *room = buffer_room(text, CHUNK);
        ssize_t got = read(fd, room, CHUNK);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return (int)got;
        text->length += (size_t)got;
    }
    errno = EFBIG;
    return -1;
}

static int read_checked(struct reading *reading, const char *path, int fd,
                        struct file *file)
{
    struct place place = {path, 0};
    struct stat info;

    if (fstat(fd, &info) < 0) {
        reading_error(reading, place, "%s", strerror(errno));
        return -1;
    }
    const char *trouble = objection(&info);

    if (trouble) {
        reading_error(reading, place, "this file %s", trouble);
        return -1;
    }
    if (read_all(fd, &file->text) < 0) {
        reading_error(reading, place, "%s", strerror(errno));
        return -1;
    }
    file->exposed = info.st_mode & (S_IRWXG | S_IRWXO);
    return 0;
}

/* CR LF and a lone CR become LF, so that lines are lines for everybody. */
static void unify_lines(struct buffer *text)
{
    size_t to = 0;

    for (size_t from = 0; from < text->length; from++) {
        char byte = text->data[from];

        if (byte == '\r') {
            byte = '\n';
            if (from + 1 < text->length && text->data[from + 1] == '\n')
                from++;
        }
        text->data[to++] = byte;
    }
    text->length = to;
}

/* Every line: no character of UTF-8 goes across a line feed. */
static int check_lines(struct reading *reading, const char *path,
                       const struct buffer *text)
{
    struct place place = {path, 1};
    size_t errors = reading->config->error_count;

    for (size_t at = 0; at < text->length; place.line++) {
        const char *line = text->data + at;
        const char *end = memchr(line, '\n', text->length - at);
        size_t length = end ? (size_t)(end - line) : text->length - at;

        if (memchr(line, '\0', length))
            reading_error(reading, place, "there is a NUL byte");
        else if (!text_is_utf8(line, length))
            reading_error(reading, place, "this is not valid UTF-8");
        at += length + 1;
    }
    return reading->config->error_count > errors ? -1 : 0;
}

static void make_text(struct buffer *text)
{
    if (text->length >= 3 && memcmp(text->data, BYTE_ORDER_MARK, 3) == 0)
        buffer_drop(text, 3);
    unify_lines(text);
    /* libconfig misses a comment that ends with the file. */
    buffer_add(text, "\n", 1);
}

/* One that is written nowhere yet. */
static int take_staged(struct reading *reading, const struct staged *staged,
                       struct file *file)
{
    struct place place = {staged->path, 0};

    if (!staged->text) {
        reading_error(reading, place, "%s", strerror(ENOENT));
        return -1;
    }
    if (staged->text->length > FILE_SIZE_MAX) {
        reading_error(reading, place, "this is larger than 256 KiB");
        return -1;
    }
    buffer_add(&file->text, staged->text->data, staged->text->length);
    make_text(&file->text);
    return check_lines(reading, staged->path, &file->text);
}

int file_read(struct reading *reading, const char *path, struct file *file)
{
    const struct staged *staged = reading_staged(reading, path);

    *file = (struct file){.exposed = false};
    buffer_init(&file->text, FILE_SIZE_MAX + 2 * CHUNK);
    if (staged)
        return take_staged(reading, staged, file);
    /* Not blocking, to get past a pipe that nobody writes to. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0) {
        reading_error(reading, (struct place){path, 0}, "%s", strerror(errno));
        return -1;
    }
    int result = read_checked(reading, path, fd, file);

    close(fd);
    if (result < 0)
        return -1;
    make_text(&file->text);
    return check_lines(reading, path, &file->text);
}

void file_finish(struct file *file)
{
    buffer_finish(&file->text);
}
