#include "envsubst/pack.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SIZE_MAX_ (300 * 1024)

struct output {
	size_t len;
	unsigned char data[SIZE_MAX_ + 4096];
};

static struct output sinks[2];
static struct pack packer;
static unsigned char bytes[SIZE_MAX_];

static int
take(void *arg, const void *data, size_t len)
{
	struct output *s = arg;
	assert_true(len <= sizeof(s->data) - s->len);
	memcpy(s->data + s->len, data, len);
	s->len += len;
	return 0;
}

static int
refuse(void *arg, const void *data, size_t len)
{
	(void)arg;
	(void)data;
	(void)len;
	return -ENOSPC;
}

static void
pack(enum pack_kind kind, size_t len, size_t step, struct output *to)
{
	to->len = 0;
	pack_begin(&packer, kind, take, to);
	for (size_t at = 0; at < len; at += step)
		assert_int_equal(pack_add(&packer, bytes + at,
				     step < len - at ? step : len - at),
		    0);
	assert_int_equal(pack_end(&packer), 0);
}

static void
write_file(const char *name, const void *data, size_t len)
{
	autoclose int fd =
	    open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
}

static const size_t sizes[] = { 0, 1, 100, PACK_BLOCK - 1, PACK_BLOCK,
	PACK_BLOCK + 1, 3 * PACK_BLOCK, SIZE_MAX_ };

/* The tools that browsers' and servers' libraries are made into. */
static void
check_with(enum pack_kind kind, const char *tool)
{
	char dir[] = "/tmp/cradle-pack-XXXXXX";
	char packed[64];
	char plain[64];
	char line[512];

	assert_non_null(mkdtemp(dir));
	(void)snprintf(
	    packed, sizeof(packed), "%s/x%s", dir, pack_suffix(kind));
	(void)snprintf(plain, sizeof(plain), "%s/x", dir);
	(void)snprintf(
	    line, sizeof(line), "%s -c %s | cmp -s - %s", tool, packed, plain);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		pack(kind, sizes[i], 1000, &sinks[0]);
		write_file(packed, sinks[0].data, sinks[0].len);
		write_file(plain, bytes, sizes[i]);
		assert_int_equal(system(line), 0);
	}
	(void)snprintf(line, sizeof(line), "rm -rf %s", dir);
	assert_int_equal(system(line), 0);
}

static void
gunzip_gives_the_bytes_back(void **unused)
{
	(void)unused;
	check_with(PACK_GZIP, "gunzip");
}

static void
zstd_gives_the_bytes_back(void **unused)
{
	(void)unused;
	check_with(PACK_ZSTD, "zstd -q -d");
}

static void
node_gives_the_bytes_of_brotli_back(void **unused)
{
	char dir[] = "/tmp/cradle-pack-XXXXXX";
	char name[64];
	char line[512];

	(void)unused;
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		pack(PACK_BROTLI, sizes[i], 777, &sinks[0]);
		(void)snprintf(name, sizeof(name), "%s/%zu.br", dir, i);
		write_file(name, sinks[0].data, sinks[0].len);
		(void)snprintf(name, sizeof(name), "%s/%zu", dir, i);
		write_file(name, bytes, sizes[i]);
	}
	(void)snprintf(line, sizeof(line),
	    "node -e \"const f=require('fs'),z=require('zlib');"
	    "for(let i=0;i<%zu;i++){const n='%s/'+i;"
	    "if(!z.brotliDecompressSync(f.readFileSync(n+'.br'))"
	    ".equals(f.readFileSync(n)))process.exit(1)}\"; r=$?; rm -rf %s; "
	    "exit $r",
	    ARRAY_LEN(sizes), dir, dir);
	assert_int_equal(system(line), 0);
}

static void
the_pieces_make_no_difference(void **unused)
{
	(void)unused;
	for (enum pack_kind kind = 0; kind < PACKS; kind++) {
		pack(kind, SIZE_MAX_, SIZE_MAX_, &sinks[0]);
		pack(kind, SIZE_MAX_, 4099, &sinks[1]);
		assert_int_equal(sinks[0].len, sinks[1].len);
		assert_memory_equal(sinks[0].data, sinks[1].data, sinks[0].len);
	}
}

static void
a_full_disk_is_told(void **unused)
{
	(void)unused;
	for (enum pack_kind kind = 0; kind < PACKS; kind++) {
		pack_begin(&packer, kind, refuse, NULL);
		assert_int_equal(pack_add(&packer, bytes, PACK_BLOCK), -ENOSPC);
		pack_begin(&packer, kind, refuse, NULL);
		assert_int_equal(pack_end(&packer), -ENOSPC);
	}
}

static void
the_names_kind_is_known(void **unused)
{
	(void)unused;
	assert_int_equal(pack_kind_of("a/index.html.gz"), PACK_GZIP);
	assert_int_equal(pack_kind_of("x.br"), PACK_BROTLI);
	assert_int_equal(pack_kind_of("x.js.zst"), PACK_ZSTD);
	assert_int_equal(pack_kind_of("gz"), PACKS);
	assert_int_equal(pack_kind_of("x.gzip"), PACKS);
}

int
main(void)
{
	uint32_t seed = 1;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		seed = seed * 1103515245 + 12345;
		bytes[i] = (unsigned char)(seed >> 16);
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gunzip_gives_the_bytes_back),
		cmocka_unit_test(zstd_gives_the_bytes_back),
		cmocka_unit_test(node_gives_the_bytes_of_brotli_back),
		cmocka_unit_test(the_pieces_make_no_difference),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(the_names_kind_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
