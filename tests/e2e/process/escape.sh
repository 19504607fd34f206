# Children that do not want to end. Each is started by a step as `sh ../nasty KIND`, and says where
# it is in a file of ../pids; all of them have the mark of the case, so that the judge finds them.
# shellcheck shell=sh

nasty_script() {
	cat >../nasty <<-\EOT
	mkdir -p ../pids
	main=$PWD/../pids
	case $1 in
	plain) sleep 300 & ;;
	setsid) setsid sh -c "echo \$\$ > '$main/setsid'; exec sleep 300" & ;;
	double) (sh -c "sleep 300 & exit" &) ;;
	nohup) nohup sleep 300 >/dev/null 2>&1 & ;;
	ignore) sh -c "trap '' TERM INT HUP; : > '$main/ignore'; while :; do sleep 300; done" & ;;
	stopped) sh -c "kill -STOP \$\$; sleep 300" & ;;
	pipe) setsid sh -c "exec sleep 300" & ;; # holds our pipe open
	closed) setsid sh -c "exec sleep 300 <&- >&- 2>&- 3>&- 4>&- 5>&-" & ;;
	daemon) python3 -c "
	import os, time
	if os.fork(): os._exit(0)
	os.setsid()
	if os.fork(): os._exit(0)
	os.chdir('/')
	for fd in range(64):
	    try: os.close(fd)
	    except OSError: pass
	time.sleep(300)" ;;
	noenv) setsid env -i sleep 300 & ;;
	esac
	sleep 0.1
	EOT
	sed -i 's/^	//' ../nasty
}

all_kinds="plain setsid double nohup ignore stopped pipe closed daemon noenv"

# A step for each kind; what it does after is END.
nasty_workflow() { # END
	echo "steps:"
	for kind in $all_kinds; do
		echo "  - {id: $kind, run: \"sh ../nasty $kind; $1\"}"
	done
}

# Whatever the environment says: what has the repository as its folder, or our log open, is ours.
expect_no_survivor() {
	for process in /proc/[0-9]*; do
		case $(readlink "$process/cwd" 2>/dev/null) in
		"$REPO"*)
			case $(tr '\0' ' ' <"$process/cmdline") in
			sleep* | *nasty*) fail "still alive: $(tr '\0' ' ' <"$process/cmdline")" ;;
			esac ;;
		esac
	done
}
