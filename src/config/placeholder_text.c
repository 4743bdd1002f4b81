/*
 * placeholder_text.c
 *		Recognizes texts that stand for the real value of an option.
 */
#include "postgres.h"

#include "utils/formatting.h"

#include "config/placeholder_text.h"

/* Beginnings of placeholders, in lower case. */
static const char *const beginnings[] = {
	"your", "insert", "enter-", "enter_", "enter ", "replace", "changeme", "change-me",
	"change_me", "change me", "paste", "todo", "tbd", "fixme", "$", "12345678-1234-1234-1234-"
};

/* Parts of placeholders, in lower case: an ellipsis stands for what was cut off. */
static const char *const parts[] = {"placeholder", "...", "\xE2\x80\xA6"};

/* Brackets around a value that has to be replaced. */
static const char *const enclosures[] = {"<>", "{}", "[]", "()", "%%", "«»"};

/* Returns true if a value is the name of its option, with any separators. */
static bool
is_option_name(const char *value, const char *name)
{
	while (*value)
	{
		if (strchr("-_. ", *value))
			value++;
		else if (*name == '_')
			name++;
		else if (*value++ != *name++)
			return false;
	}
	return *name == '\0' || strcmp(name, "_id") == 0;
}

/* Returns true if a value, in lower case, is enclosed in brackets. */
static bool
is_enclosed(const char *value)
{
	size_t		length = strlen(value);

	for (int i = 0; i < (int) lengthof(enclosures); i++)
	{
		size_t		half = strlen(enclosures[i]) / 2;

		if (length > 2 * half && strncmp(value, enclosures[i], half) == 0 &&
			strcmp(value + length - half, enclosures[i] + half) == 0)
			return true;
	}
	return false;
}

/* Returns true if a value, in lower case, stands for another one. */
static bool
is_folded_placeholder(const char *value, const char *name)
{
	/* such as xxxx, ****, 00000000-0000-0000-0000-000000000000 */
	bool		found = value[strspn(value, "x*.-_?#0 ")] == '\0' || is_enclosed(value) ||
		is_option_name(value, name);

	for (int i = 0; i < (int) lengthof(beginnings); i++)
		found |= strncmp(value, beginnings[i], strlen(beginnings[i])) == 0;
	for (int i = 0; i < (int) lengthof(parts); i++)
		found |= strstr(value, parts[i]) != NULL;
	return found;
}

bool
pca_placeholder_text_is(const char *value, const char *name)
{
	size_t		length = strlen(value);
	char	   *folded = asc_tolower(value, length);
	bool		is_placeholder = is_folded_placeholder(folded, name);

	explicit_bzero(folded, length);
	pfree(folded);
	return is_placeholder;
}
