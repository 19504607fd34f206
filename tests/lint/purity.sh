#!/bin/sh
# base, model, plan and event do no I/O, read no clock and have no state of their own: what their
# objects import is on this list, and they define no writable data.
set -u
build=${BUILD:-build}

# Only xalloc and the abort of BUG() may end the process with a word.
words_of_death='write _exit abort exit fprintf stderr fputs fwrite fputc vfprintf __fprintf_chk __vfprintf_chk fflush'
allowed='
malloc calloc realloc free reallocarray
memcpy memmove memset memcmp memchr memrchr memmem mempcpy rawmemchr
strlen strnlen strcmp strncmp strcasecmp strncasecmp strchr strrchr strchrnul strstr strcasestr strspn strcspn
strpbrk strcpy stpcpy strncpy strtol strtoul strtoll strtoull strtod strerror strerror_r
snprintf vsnprintf vasprintf asprintf qsort qsort_r bsearch
isalnum isalpha isdigit isspace tolower toupper __ctype_b_loc __ctype_tolower_loc __ctype_toupper_loc
__errno_location __error __stack_chk_fail __stack_chk_guard
__memcpy_chk __memmove_chk __memset_chk __mempcpy_chk __snprintf_chk __vsnprintf_chk __strcpy_chk __stpcpy_chk
__strncpy_chk __strcat_chk __vasprintf_chk __asprintf_chk
__isoc99_sscanf __isoc23_strtol __isoc23_strtoul __isoc23_strtoll __isoc23_strtoull
gmtime_r timegm mbrtowc iswprint wcwidth
fmod floor ceil round trunc pow fabs modf ldexp frexp llround lround nearbyint isnan
regcomp regexec regfree regerror
__xpg_basename basename dirname
newlocale freelocale uselocale strtod_l __assert_fail
_GLOBAL_OFFSET_TABLE_
__popcountdi2 __divti3 __udivti3 __modti3 __umodti3 __multi3 __muloti4
'

objects=$(find "$build/obj/base" "$build/obj/model" "$build/obj/plan" "$build/obj/event" -name '*.o' 2>/dev/null | sort)
[ -n "$objects" ] || { echo "skip: no objects in $build/obj"; exit 0; }

# What our own objects define, these folders may import: direction is the business of layers.sh,
# and a lower folder that does I/O is not reachable from here but for sys and ext.
own=$(for folder in base model plan event ext; do
	find "$build/obj/$folder" -name '*.o' 2>/dev/null
done | xargs nm -g --defined-only 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u | tr '\n' ' ')

# A deleted source leaves its object behind.
present=$(for object in $objects; do
	source=${object#"$build/obj/"}
	[ ! -e "src/${source%.o}.c" ] || echo "$object"
done)

# Of "build/obj/base/glob.o:" the source. nm looks at all objects at once: starting it is what takes the time.
source_of='function source_of(object) { sub(/:.*/, "", object); sub(/\.o$/, ".c", object); return "src/" substr(object, skip) }'
skip=$((${#build} + 6))
status=0
# shellcheck disable=SC2086 # a list of objects
nm -A -u $present | ALLOWED="$allowed $own" DEATH="$words_of_death" awk -v skip="$skip" "$source_of"'
	BEGIN {
		n = split(ENVIRON["ALLOWED"], words, /[ \n\t]+/)
		for (i = 1; i <= n; i++) ok[words[i]] = 1
		n = split(ENVIRON["DEATH"], words, " ")
		for (i = 1; i <= n; i++) dies[words[i]] = 1
	}
	{ name = source_of($1); symbol = $NF; sub(/@.*/, "", symbol) }
	symbol in dies && (name == "src/base/xalloc.c" || name == "src/base/err.c") { next }
	!(symbol in ok) && symbol !~ /^__(asan|ubsan|gcov|sanitizer)/ { printf "%s: uses %s\n", name, symbol; bad = 1 }
	END { exit bad }' || status=1
# Tables of pointers are constant after relocation: .data.rel.ro.
# shellcheck disable=SC2086
nm -A -f sysv $present 2>/dev/null | awk -F '|' -v skip="$skip" "$source_of"'
	{ gsub(/ /, "") }
	$4 == "OBJECT" && $7 ~ /^(\.data|\.bss|\*COM\*|\.tbss|\.tdata)/ && $7 !~ /^\.data\.rel\.ro/ {
		symbol = $1
		sub(/.*:/, "", symbol)
		printf "%s: writable data: %s\n", source_of($1), symbol; bad = 1
	}
	END { exit bad }' || status=1
exit $status
