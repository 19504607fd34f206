/*
 * Runs a fuzz target over the files in its arguments, for compilers without libFuzzer and for
 * `make check`, where every input that was ever interesting must pass.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
	static uint8_t data[1 << 20];
	FILE *file = fopen(path, "rb");
	uint8_t *exact;
	size_t size;

	if (!file) {
		perror(path);
		return -1;
	}
	size = fread(data, 1, sizeof data, file);
	fclose(file);
	exact = malloc(size ? size : 1); /* so that a sanitizer sees a read behind the end */
	if (!exact)
		return -1;
	for (size_t i = 0; i < size; i++)
		exact[i] = data[i];
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return 0;
}

int main(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++) {
		if (run_file(argv[i]) < 0)
			status = 1;
	}
	printf("%d inputs\n", argc - 1);
	return status;
}
