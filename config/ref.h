#ifndef CONFIG_REF_H
#define CONFIG_REF_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Secret references: scheme "://" path ["@" version] [":" field | "#" field]
 * ["?" options], as wire-contracts.md G.2 has the grammar.  A variable is
 * replaced only when its whole value is one.
 */

enum ref_scheme { REF_SCW, REF_FILE, REF_SCHEMES };

struct ref {
	enum ref_scheme scheme;
	char path[1024];   /* scw: "/dir" ("/" for the root); file: the file */
	char name[256];    /* scw: the name, or the UUID */
	bool by_id;        /* scw: name is a UUID */
	char revision[32]; /* scw: "latest_enabled" when not given */
	char field[256];   /* "": the whole payload; "/a/b": JSON pointer */
	char region[32];   /* ?region= ; "" */
	char project[64];  /* ?project= ; "" */
	char fallback[1024]; /* ?default= */
	bool has_fallback;
	bool optional;    /* ?optional */
	bool allow_empty; /* ?allow_empty */
	bool trim;        /* ?trim: trailing newlines go */
	bool base64;      /* ?encoding=base64 */
};

/*
 * A cheap look: is the text meant as a reference?  from_env: for a variable of
 * the inherited environment, where scw:// alone counts.  Else for a value of
 * the configuration, where file:// and the schemes of other versions count too,
 * so that ref_parse refuses what would otherwise reach the app as it is.
 */
bool ref_is_reference(const char *text, bool from_env);

/*
 * Whether text holds a {{ scheme://... }} somewhere: a composite value, which
 * this version does not fill in.
 */
bool ref_is_composite(const char *text);

/*
 * The reference as people may see it: what ?default= gives is hidden.  Cut when
 * it is longer than size.
 */
void ref_show(const char *text, char *shown, size_t size);

/* Write a file's path as file://PATH?trim.  0 or -ENAMETOOLONG. */
int ref_of_file(const char *path, char *ret, size_t size);

/* 0, or -1 and a phrase in why (never the whole reference's value). */
int ref_parse(const char *text, struct ref *ret, char *why, size_t why_size);

#endif
