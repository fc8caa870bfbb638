/*
 * A buffer grows to its maximum and not a byte further.
 */
#include "chance.h"

#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"

static void empty_buffer_takes_no_memory(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 1000);
    assert_null(buffer.data);
    assert_int_equal(buffer.length, 0);
    buffer_drop(&buffer, 0);
    buffer_finish(&buffer);
    assert_null(buffer.data);
}

static void maximum_is_reached_and_not_passed(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 10);
    assert_int_equal(buffer_add(&buffer, "0123456789X", 11), -1);
    assert_int_equal(buffer.length, 0);
    assert_int_equal(buffer_add(&buffer, "01234", 5), 0);
    assert_int_equal(buffer_add(&buffer, "56789X", 6), -1);
    assert_string_equal(buffer.data, "01234");
    assert_int_equal(buffer_add_text(&buffer, "56789"), 0);
    assert_string_equal(buffer.data, "0123456789");
    assert_int_equal(buffer_add(&buffer, "X", 1), -1);
    assert_int_equal(buffer_printf(&buffer, "%d", 1), -1);
    assert_null(buffer_room(&buffer, 1));
    assert_int_equal(buffer_add(&buffer, "", 0), 0);
    assert_string_equal(buffer.data, "0123456789");
    assert_int_equal(buffer.length, 10);
    buffer_finish(&buffer);
}

static void absurd_sizes(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 100);
    assert_int_equal(buffer_add_text(&buffer, "abc"), 0);
    assert_null(buffer_room(&buffer, SIZE_MAX));
    assert_null(buffer_room(&buffer, SIZE_MAX - 2));
    assert_int_equal(buffer_add(&buffer, "x", SIZE_MAX), -1);
    assert_string_equal(buffer.data, "abc");
    buffer_finish(&buffer);
    buffer_init(&buffer, 0);
    assert_int_equal(buffer_add(&buffer, "x", 1), -1);
    assert_int_equal(buffer_add(&buffer, "", 0), 0);
    assert_string_equal(buffer.data, "");
    buffer_finish(&buffer);
}

static void printed_text_that_does_not_fit_leaves_nothing(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 12);
    assert_int_equal(buffer_printf(&buffer, "%s=%d", "a", 5), 0);
    assert_string_equal(buffer.data, "a=5");
    assert_int_equal(buffer_printf(&buffer, "%s", "0123456789"), -1);
    assert_string_equal(buffer.data, "a=5");
    assert_int_equal(buffer_printf(&buffer, "%s", "012345678"), 0);
    assert_string_equal(buffer.data, "a=5012345678");
    assert_int_equal(buffer.length, 12);
    buffer_finish(&buffer);
}

static void bytes_that_are_dropped_make_room(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 6);
    assert_int_equal(buffer_add_text(&buffer, "abcdef"), 0);
    buffer_drop(&buffer, 2);
    assert_string_equal(buffer.data, "cdef");
    assert_int_equal(buffer_add_text(&buffer, "gh"), 0);
    assert_string_equal(buffer.data, "cdefgh");
    buffer_drop(&buffer, 6);
    assert_int_equal(buffer.length, 0);
    assert_string_equal(buffer.data, "");
    buffer_finish(&buffer);
}

static void finished_buffer_can_be_used_again(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 3);
    assert_int_equal(buffer_add_text(&buffer, "abc"), 0);
    buffer_finish(&buffer);
    assert_int_equal(buffer.length, 0);
    assert_int_equal(buffer_add_text(&buffer, "abcd"), -1);
    assert_int_equal(buffer_add_text(&buffer, "xyz"), 0);
    assert_string_equal(buffer.data, "xyz");
    buffer_finish(&buffer);
}

/* What a plain array of the maximum's size would hold. */
struct model {
    char bytes[300];
    size_t length;
};

static void step(struct chance *chance, struct buffer *buffer,
                 struct model *model)
{
    char bytes[100];
    size_t count = chance_below(chance, sizeof bytes);
    bool fits = model->length + count <= buffer->maximum;
    char *room;

    chance_fill(chance, bytes, sizeof bytes);
    switch (chance_below(chance, 3)) {
    case 0:
        assert_int_equal(buffer_add(buffer, bytes, count), fits ? 0 : -1);
        break;
    case 1:
        room = buffer_room(buffer, count);
        assert_int_equal(room != NULL, fits);
        if (room) {
            memcpy(room, bytes, count);
            buffer->length += count;
        }
        break;
    default:
        count = chance_below(chance, model->length + 1);
        buffer_drop(buffer, count);
        model->length -= count;
        memmove(model->bytes, model->bytes + count, model->length);
        return;
    }
    if (fits) {
        memcpy(model->bytes + model->length, bytes, count);
        model->length += count;
    }
}

static void any_order_of_adding_and_dropping(void **state)
{
    struct chance chance = chance_begin();

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct buffer buffer;
        struct model model = {.length = 0};

        buffer_init(&buffer, chance_below(&chance, sizeof model.bytes + 1));
        for (int i = 0; i < 100; i++) {
            step(&chance, &buffer, &model);
            assert_int_equal(buffer.length, model.length);
            if (model.length > 0)
                assert_memory_equal(buffer.data, model.bytes, model.length);
        }
        buffer_finish(&buffer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_buffer_takes_no_memory),
        cmocka_unit_test(maximum_is_reached_and_not_passed),
        cmocka_unit_test(absurd_sizes),
        cmocka_unit_test(printed_text_that_does_not_fit_leaves_nothing),
        cmocka_unit_test(bytes_that_are_dropped_make_room),
        cmocka_unit_test(finished_buffer_can_be_used_again),
        cmocka_unit_test(any_order_of_adding_and_dropping),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
