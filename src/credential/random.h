/*
 * What nobody can guess, and its proof (RFC 7636).
 */
#ifndef IMAPPUSHD_CREDENTIAL_RANDOM_H
#define IMAPPUSHD_CREDENTIAL_RANDOM_H

/* 256 bits as 43 characters of base64url, and a NUL. */
#define RANDOM_SIZE 44

void random_text(char text[RANDOM_SIZE]);

/* The challenge S256 of such a text: its SHA-256 in base64url. */
void random_challenge(const char *text, char challenge[RANDOM_SIZE]);

#endif
