/* Preloaded into a server that runs from an unpacked package (see servers.py).
 *
 *   RELOCATE_PREFIX    paths that begin with one of these (separated by ":") are
 *   RELOCATE_TREE      looked for below this folder, by the functions that meet
 *                      compiled-in paths
 *   RELOCATE_USER      the user and the group of this name are whoever runs the
 *                      server, and the other way round where the uid has no
 *                      name: servers want to know the name of their user
 *   RELOCATE_NOT_ROOT  a server that root runs takes itself for an ordinary
 *                      user's
 *   RELOCATE_LOG       what it tells syslog goes to this file
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define NEXT(function) ((__typeof__(&function))dlsym(RTLD_NEXT, #function))

static char *prefixes, *tree, *user, *log_file;
static int not_root;

static char *copied(const char *name)
{
	const char *value = getenv(name);

	return value ? strdup(value) : NULL;
}

/* Copied, because servers clear their environment and write their titles over it. */
__attribute__((constructor)) static void remember(void)
{
	prefixes = copied("RELOCATE_PREFIX");
	tree = copied("RELOCATE_TREE");
	user = copied("RELOCATE_USER");
	log_file = copied("RELOCATE_LOG");
	not_root = getenv("RELOCATE_NOT_ROOT") != NULL;
}

/* ---- paths ---- */

static int is_prefixed(const char *path)
{
	size_t length;

	for (const char *at = prefixes; *at; at += length + (at[length] == ':')) {
		length = strcspn(at, ":");
		if (length && strncmp(path, at, length) == 0)
			return 1;
	}
	return 0;
}

static const char *moved(const char *path, char *room)
{
	if (!path || !tree || !prefixes || !is_prefixed(path))
		return path;
	snprintf(room, PATH_MAX, "%s%s", tree, path);
	return room;
}

/* A function of the C library whose first argument is a path. */
#define MOVED(type, name, parameters, ...)                        \
	type name parameters                                      \
	{                                                         \
		char room[PATH_MAX];                              \
		return NEXT(name)(moved(path, room), ##__VA_ARGS__); \
	}

MOVED(DIR *, opendir, (const char *path))
MOVED(void *, dlopen, (const char *path, int flags), flags)
MOVED(int, mkdir, (const char *path, mode_t mode), mode)
MOVED(int, unlink, (const char *path))
MOVED(int, chmod, (const char *path, mode_t mode), mode)
MOVED(int, access, (const char *path, int mode), mode)
MOVED(int, stat, (const char *path, struct stat *found), found)
MOVED(int, stat64, (const char *path, struct stat64 *found), found)
MOVED(FILE *, fopen, (const char *path, const char *mode), mode)
MOVED(FILE *, fopen64, (const char *path, const char *mode), mode)

int rename(const char *path, const char *new)
{
	char room[PATH_MAX], room_of_new[PATH_MAX];

	return NEXT(rename)(moved(path, room), moved(new, room_of_new));
}

/* The mode is only there where a file may be made, and harmless where not. */
#define MOVED_OPEN(name)                                           \
	int name(const char *path, int flags, ...)                 \
	{                                                          \
		char room[PATH_MAX];                               \
		va_list list;                                      \
		mode_t mode;                                       \
		va_start(list, flags);                             \
		mode = va_arg(list, mode_t);                       \
		va_end(list);                                      \
		return NEXT(name)(moved(path, room), flags, mode); \
	}

MOVED_OPEN(open)
MOVED_OPEN(open64)

/* ---- the addresses of Unix sockets ---- */

static const struct sockaddr *moved_address(const struct sockaddr *address,
					    socklen_t *length, struct sockaddr_un *room)
{
	const struct sockaddr_un *from = (const void *)address;
	char path[sizeof(room->sun_path) + 1] = "", where[PATH_MAX];
	const char *to;

	if (!address || address->sa_family != AF_UNIX ||
	    *length <= offsetof(struct sockaddr_un, sun_path))
		return address;
	memcpy(path, from->sun_path, *length - offsetof(struct sockaddr_un, sun_path));
	to = moved(path, where);
	if (to == path || strlen(to) >= sizeof(room->sun_path))
		return address;
	room->sun_family = AF_UNIX;
	strcpy(room->sun_path, to);
	*length = sizeof(*room);
	return (struct sockaddr *)room;
}

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
	struct sockaddr_un room;

	address = moved_address(address, &length, &room);
	return NEXT(bind)(fd, address, length);
}

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
	struct sockaddr_un room;

	address = moved_address(address, &length, &room);
	return NEXT(connect)(fd, address, length);
}

/* ---- users and groups ---- */

uid_t geteuid(void)
{
	return not_root ? 65534 : NEXT(geteuid)();
}

static int is_caller(const char *name)
{
	return user && strcmp(name, user) == 0;
}

static void become_passwd(struct passwd *pw)
{
	*pw = (struct passwd){ .pw_name = user, .pw_passwd = "x",
			       .pw_uid = getuid(), .pw_gid = getgid(), .pw_gecos = "",
			       .pw_dir = "/", .pw_shell = "/bin/false" };
}

static void become_group(struct group *gr)
{
	static char *no_members[] = { NULL };

	*gr = (struct group){ .gr_name = user, .gr_passwd = "x",
			      .gr_gid = getgid(), .gr_mem = no_members };
}

struct passwd *getpwnam(const char *name)
{
	static struct passwd caller;

	if (!is_caller(name))
		return NEXT(getpwnam)(name);
	become_passwd(&caller);
	return &caller;
}

struct group *getgrnam(const char *name)
{
	static struct group caller;

	if (!is_caller(name))
		return NEXT(getgrnam)(name);
	become_group(&caller);
	return &caller;
}

struct passwd *getpwuid(uid_t uid)
{
	static struct passwd caller;
	struct passwd *found = NEXT(getpwuid)(uid);

	if (found || !user || uid != getuid())
		return found;
	become_passwd(&caller);
	return &caller;
}

int getpwuid_r(uid_t uid, struct passwd *pw, char *buf, size_t size, struct passwd **result)
{
	int error = NEXT(getpwuid_r)(uid, pw, buf, size, result);

	if (*result || !user || uid != getuid())
		return error;
	become_passwd(pw);
	*result = pw;
	return 0;
}

int getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t size,
	       struct passwd **result)
{
	if (!is_caller(name))
		return NEXT(getpwnam_r)(name, pw, buf, size, result);
	become_passwd(pw);
	*result = pw;
	return 0;
}

int getgrnam_r(const char *name, struct group *gr, char *buf, size_t size,
	       struct group **result)
{
	if (!is_caller(name))
		return NEXT(getgrnam_r)(name, gr, buf, size, result);
	become_group(gr);
	*result = gr;
	return 0;
}

/* ---- the log ---- */

static const char *ident = "?";

static void log_line(const char *format, va_list list)
{
	int error = errno, length, fd;
	struct timespec now;
	char line[2048];

	clock_gettime(CLOCK_REALTIME, &now);
	length = snprintf(line, sizeof(line), "%lld.%03ld %s[%d]: ", (long long)now.tv_sec,
			  now.tv_nsec / 1000000, ident, (int)getpid());
	errno = error;			/* for %m */
	vsnprintf(line + length, sizeof(line) - length - 1, format, list);
	length = strlen(line);
	line[length++] = '\n';
	fd = NEXT(open)(log_file, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd >= 0 && write(fd, line, length) < 0)
		fd = fd;		/* nowhere to tell it */
	if (fd >= 0)
		close(fd);
	errno = error;
}

void openlog(const char *name, int options, int facility)
{
	if (name)
		ident = strdup(name);
	NEXT(openlog)(name, options, facility);
}

void vsyslog(int priority, const char *format, va_list list)
{
	if (!log_file)
		NEXT(vsyslog)(priority, format, list);
	else if (setlogmask(0) & LOG_MASK(LOG_PRI(priority)))
		log_line(format, list);
}

void syslog(int priority, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsyslog(priority, format, list);
	va_end(list);
}

/* What _FORTIFY_SOURCE makes of the two. */
void __vsyslog_chk(int priority, int flag, const char *format, va_list list)
{
	(void)flag;
	vsyslog(priority, format, list);
}

void __syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list list;

	(void)flag;
	va_start(list, format);
	vsyslog(priority, format, list);
	va_end(list);
}
