#include "credential/secret.h"

#include "base/secret_file.h"

#include <string.h>

int secret_of_client(const struct question *question, struct buffer *secret,
                     struct client *client, struct error *err)
{
    if (!question->client_secret_file)
        return 0;
    if (secret_file_read("oauth2_client_secret_file",
                         question->client_secret_file, SECRET_MAX, secret,
                         err) < 0)
        return -1;
    if (secret->length == 0 || memchr(secret->data, '\0', secret->length))
        return error_set(err, ERROR_PERSON, "secret",
                         "oauth2_client_secret_file %s holds no secret",
                         question->client_secret_file);
    client->secret = secret->data;
    return 0;
}
