#include "cli/output.h"

#include <stdint.h>
#include <stdio.h>

void output_open(struct json *json, struct buffer *out)
{
    buffer_init(out, SIZE_MAX / 2);
    json_start(json, out);
    json_open_object(json, NULL);
    json_number(json, "version", 1);
}

void output_close(struct json *json)
{
    json_close_object(json);
    puts(json->out->data);
    buffer_finish(json->out);
}
