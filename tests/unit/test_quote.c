#include "envsubst/quote.h"

#include "core/guard.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define REFUSED "(refused)"

static const struct {
	enum quote quote;
	const char *value;
	const char *text;
} cases[] = {
	{ QUOTE_RAW, "a\"b\n", "a\"b\n" },
	{ QUOTE_JSON, "a\"b\\c/\n\t\x01\x7f<",
	    "a\\\"b\\\\c/\\n\\t\\u0001\\u007f<" },
	{ QUOTE_JSON, "\xc3\xa9\xff", "\xc3\xa9\xef\xbf\xbd" },
	{ QUOTE_JS, "it's `${x}` \"q\"",
	    "it\\u0027s \\u0060\\u0024{x}\\u0060 \\u0022q\\u0022" },
	{ QUOTE_JS, "</script><!--", "\\u003C/script\\u003E\\u003C!--" },
	{ QUOTE_JS, "a\\b\r\n\xe2\x80\xa8\xe2\x80\xa9",
	    "a\\\\b\\r\\n\\u2028\\u2029" },
	{ QUOTE_JS_ALL, "a_1 b\xc3\xa9;x()//\n",
	    "a_1 b\xc3\xa9\\u003Bx\\u0028\\u0029\\u002F\\u002F\\u000A" },
	{ QUOTE_HTML, "<a href='x'>&\"`",
	    "&lt;a href=&#39;x&#39;&gt;&amp;&quot;&#96;" },
	{ QUOTE_HTML, "a b=c\n", "a b=c\n" },
	{ QUOTE_HTML_BARE, "a b=c\n", "a&#32;b&#61;c&#10;" },
	{ QUOTE_HTML_JS, "');x('", "\\u0027);x(\\u0027" },
	{ QUOTE_NGINX, "a\"b'c\\d; {}\n", "a\\\"b\\'c\\\\d; {}\\n" },
	{ QUOTE_NGINX, "$host", REFUSED },
	{ QUOTE_NGINX_BARE, "8080", "8080" },
	{ QUOTE_NGINX_BARE, "80; x", REFUSED },
	{ QUOTE_NGINX_BARE, "", REFUSED },
	{ QUOTE_URL, "a b/\xc3\xa9?&'~", "a%20b%2F%C3%A9%3F%26%27~" },
	{ QUOTE_CSS, "a'b</style>\n",
	    "a\\000027b\\00003c/style\\00003e\\00000a" },
	{ QUOTE_LITERAL, "a\"b", "\"a\\u0022b\"" },
	{ QUOTE_LITERAL, "", "\"\"" },
	{ QUOTE_SCALAR, "8080", "8080" },
	{ QUOTE_SCALAR, "-0.5e+3", "-0.5e+3" },
	{ QUOTE_SCALAR, "true", "true" },
	{ QUOTE_SCALAR, "null", "null" },
	{ QUOTE_SCALAR, "007", "\"007\"" },
	{ QUOTE_SCALAR, "1.", "\"1.\"" },
	{ QUOTE_SCALAR, "1;alert(1)", "\"1;alert(1)\"" },
	{ QUOTE_SCALAR, "", "\"\"" },
	{ QUOTE_SCALAR, "-", "\"-\"" },
};

static void
a_value_is_written_for_its_place(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autotext struct text out = TEXT_MAX(256);
		int r = quote_add(cases[i].quote, cases[i].value,
		    strlen(cases[i].value), &out);
		if (r < 0) {
			assert_int_equal(r, -EINVAL);
			assert_int_equal(out.len, 0);
			text_str(&out, REFUSED);
		}
		text_add(&out, "", 1);
		assert_string_equal(out.data, cases[i].text);
	}
}

/* Every byte: none of what would end the string it is put in. */
static void
no_byte_ends_what_it_is_put_in(void **unused)
{
	(void)unused;
	static const char *const forbidden[QUOTES] = {
		[QUOTE_JSON] = "\"\n\r\t",
		[QUOTE_JS] = "\"'`$<>&\n\r",
		[QUOTE_HTML] = "\"'`<>",
		[QUOTE_HTML_BARE] = "\"'`<>= \t\n\r\f",
		[QUOTE_HTML_JS] = "\"'`<>$ \n",
		[QUOTE_URL] = "\"'`<>&$ \n\\/?#",
		[QUOTE_CSS] = "\"'<>(){};\n",
	};
	for (int q = 0; q < QUOTES; q++) {
		for (int c = 1; c < 256 && forbidden[q] != NULL; c++) {
			char value = (char)c;
			autotext struct text out = TEXT_MAX(64);
			assert_int_equal(
			    quote_add((enum quote)q, &value, 1, &out), 0);
			assert_true(out.len > 0);
			for (size_t i = 0; i < out.len; i++)
				/* a quote may stand behind a backslash */
				assert_true(
				    strchr(forbidden[q], out.data[i]) == NULL ||
				    (q == QUOTE_JSON && i == 1 &&
					out.data[0] == '\\'));
		}
	}
}

static void
a_filter_is_found_by_its_name(void **unused)
{
	(void)unused;
	assert_int_equal(quote_find("raw", 3), QUOTE_RAW);
	assert_int_equal(quote_find("jsonx", 4), QUOTE_JSON);
	assert_int_equal(quote_find("literal", 7), QUOTE_LITERAL);
	assert_int_equal(quote_find("jso", 3), -1);
	assert_int_equal(quote_find("", 0), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_written_for_its_place),
		cmocka_unit_test(no_byte_ends_what_it_is_put_in),
		cmocka_unit_test(a_filter_is_found_by_its_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
