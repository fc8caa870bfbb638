/*
 * One writer at a time for an account's grant.
 *
 * A server that gives a new refresh token for each that is used takes an old
 * one, when it comes again, for stolen, and ends the whole grant: so sessions
 * that start together, and the command line, take turns.
 */
#ifndef IMAPPUSHD_CREDENTIAL_LOCK_H
#define IMAPPUSHD_CREDENTIAL_LOCK_H

/* Waits until the account is ours, for the life of the process. Where no lock
 * can be had (a card that is read-only) it goes on without. */
void lock_take(const char *account);

#endif
