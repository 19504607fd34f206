# A real podman whose images and containers are the test's own, with what a machine without systemd, or
# within a container, needs. `use_podman` makes it the user's choice, or skips the case.
# shellcheck shell=sh

podman_options() { # what `run` needs besides
	cat <<-\EOT
	--network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024
	EOT
}

# One store for the file, one image: wfbox, a busybox.
make_podman() {
	[ ! -e "$TEST_ROOT/podman.why" ] || return 0
	: >"$TEST_ROOT/podman.why"
	runtime=$(command -v runc || command -v crun || echo none)
	if ! command -v podman >/dev/null 2>&1; then
		echo "no podman here" >"$TEST_ROOT/podman.why"
		return 0
	fi
	[ -x /bin/busybox ] || { echo "no busybox here" >"$TEST_ROOT/podman.why"; return 0; }
	mkdir -p "$TEST_ROOT/bin" "$TEST_ROOT/image/bin" "$TEST_ROOT/image/tmp" "$TEST_ROOT/image/etc"
	cat >"$TEST_ROOT/bin/podman" <<-EOT
	#!/bin/sh
	if [ "\$1" = run ]; then
		shift
		set -- run $(podman_options) "\$@"
	fi
	exec $(command -v podman) --root "$TEST_ROOT/pod" --runroot "$TEST_ROOT/podrun" --storage-driver vfs \\
		--cgroup-manager cgroupfs --runtime "$runtime" "\$@"
	EOT
	chmod +x "$TEST_ROOT/bin/podman"
	cp /bin/busybox "$TEST_ROOT/image/bin/"
	for applet in sh cat echo sleep id env ls touch mkdir kill true false pwd printf; do
		ln -s busybox "$TEST_ROOT/image/bin/$applet"
	done
	tar -C "$TEST_ROOT/image" -c . | "$TEST_ROOT/bin/podman" import - wfbox >"$TEST_ROOT/podman.log" 2>&1 &&
		"$TEST_ROOT/bin/podman" run --rm wfbox /bin/true >>"$TEST_ROOT/podman.log" 2>&1 ||
		echo "podman does not run here: $(tail -n 1 "$TEST_ROOT/podman.log")" >"$TEST_ROOT/podman.why"
}

use_podman() {
	[ ! -s "$TEST_ROOT/podman.why" ] || skip_case "$(cat "$TEST_ROOT/podman.why")"
	mkdir -p "$HOME/.config/git-wf"
	printf '[container]\ncommand = %s\n' "$TEST_ROOT/bin/podman" >"$HOME/.config/git-wf/config.ini"
}

no_containers() {
	[ -z "$("$TEST_ROOT/bin/podman" ps --all --quiet)" ]
}

expect_no_containers() {
	no_containers || fail "a container is left: $("$TEST_ROOT/bin/podman" ps --all)"
}
