# bash completion for 'git wf' and 'git-wf'. Made by 'git wf completion bash'.

__git_wf_names() {
	git-wf __complete "$@" 2>/dev/null | cut -f 1
}

__git_wf_commands='run resume rollback undo approve reject answer cancel pause skip plan explain do hooks new list show graph validate fmt status log report snapshots history stats cache config trust doctor completion help version'

__git_wf_options() {
	echo -C -q --quiet -v --verbose --color -h --help
	case $1 in
	run) echo -n --dry-run --resume --parallel --isolate --rev -p --param --from --until --only --force --no-cache --strict --lenient --custom-gates -j --jobs -k --keep-going --timeout --checkpoint --output --events --report --mode --interactive-mode --yes ;;
	resume) echo -n --dry-run -p --param -j --jobs --retry --skip --done --from --abort --rollback-to -k --keep-going --timeout --checkpoint --output --events --report --mode --interactive-mode --yes ;;
	rollback) echo --to --declared-only ;;
	approve) echo --resume ;;
	reject) echo --resume ;;
	answer) echo --resume ;;
	plan) echo --check --json -p --param --from --until --only --force --no-cache --strict --lenient --custom-gates -j --jobs ;;
	explain) echo --json -p --param --from --until --only --force --no-cache --strict --lenient --custom-gates -j --jobs ;;
	do) echo -n --dry-run -l --list ;;
	hooks) echo --all-files --from-ref --to-ref --files --no-cache -j --jobs --json --output ;;
	new) echo -t --template -o --output -l --list --json ;;
	list) echo --json ;;
	show) echo --json ;;
	graph) echo --format --json -p --param --from --until --only --force --no-cache --strict --lenient --custom-gates -j --jobs ;;
	validate) echo --json ;;
	fmt) echo --check ;;
	status) echo --json --porcelain --exit-code --execution-id --require --rev --allowed-signers ;;
	log) echo -f --follow --commits ;;
	report) echo --format ;;
	snapshots) echo --json ;;
	history) echo -n --limit --json ;;
	stats) echo --json ;;
	cache) echo -n --dry-run --json ;;
	config) echo --json ;;
	trust) echo --list --diff --revoke --json ;;
	doctor) echo --json ;;
	version) echo --json ;;
	esac
}

# COMMAND OPTION: where the words behind it come from
__git_wf_value() {
	case $1:$2 in
	*:-C) echo '<dirs>' ;;
	*:--color) echo 'auto|always|never' ;;
	run:--rev) echo '<none>' ;;
	run:-p | run:--param) echo '<param-names>' ;;
	run:--from) echo '<steps>' ;;
	run:--until) echo '<steps>' ;;
	run:--only) echo '<steps>' ;;
	run:--custom-gates) echo '<files>' ;;
	run:-j | run:--jobs) echo '<none>' ;;
	run:--timeout) echo '<none>' ;;
	run:--output) echo 'stream|group|quiet' ;;
	run:--events) echo '<files>' ;;
	run:--report) echo 'junit:|jsonl:|trace:|markdown:' ;;
	run:--mode) echo 'autopilot|supervised|hybrid' ;;
	resume:-p | resume:--param) echo '<param-names>' ;;
	resume:-j | resume:--jobs) echo '<none>' ;;
	resume:--retry) echo '<run-steps>' ;;
	resume:--skip) echo '<run-steps>' ;;
	resume:--done) echo '<run-steps>' ;;
	resume:--from) echo '<run-steps>' ;;
	resume:--rollback-to) echo '<checkpoints>' ;;
	resume:--timeout) echo '<none>' ;;
	resume:--output) echo 'stream|group|quiet' ;;
	resume:--events) echo '<files>' ;;
	resume:--report) echo 'junit:|jsonl:|trace:|markdown:' ;;
	resume:--mode) echo 'autopilot|supervised|hybrid' ;;
	rollback:--to) echo '<checkpoints>' ;;
	plan:-p | plan:--param) echo '<param-names>' ;;
	plan:--from) echo '<steps>' ;;
	plan:--until) echo '<steps>' ;;
	plan:--only) echo '<steps>' ;;
	plan:--custom-gates) echo '<files>' ;;
	plan:-j | plan:--jobs) echo '<none>' ;;
	explain:-p | explain:--param) echo '<param-names>' ;;
	explain:--from) echo '<steps>' ;;
	explain:--until) echo '<steps>' ;;
	explain:--only) echo '<steps>' ;;
	explain:--custom-gates) echo '<files>' ;;
	explain:-j | explain:--jobs) echo '<none>' ;;
	hooks:--from-ref) echo '<none>' ;;
	hooks:--to-ref) echo '<none>' ;;
	hooks:-j | hooks:--jobs) echo '<none>' ;;
	hooks:--output) echo 'stream|group|quiet' ;;
	new:-t | new:--template) echo '<templates>' ;;
	new:-o | new:--output) echo '<files>' ;;
	graph:--format) echo 'ascii|dot|mermaid|json' ;;
	graph:-p | graph:--param) echo '<param-names>' ;;
	graph:--from) echo '<steps>' ;;
	graph:--until) echo '<steps>' ;;
	graph:--only) echo '<steps>' ;;
	graph:--custom-gates) echo '<files>' ;;
	graph:-j | graph:--jobs) echo '<none>' ;;
	status:--execution-id) echo '<runs>' ;;
	status:--require) echo '<workflows>' ;;
	status:--rev) echo '<none>' ;;
	status:--allowed-signers) echo '<files>' ;;
	report:--format) echo 'markdown|junit|trace|jsonl' ;;
	history:-n | history:--limit) echo '<none>' ;;
	esac
}

# COMMAND NUMBER: the same for its own words
__git_wf_word() {
	case $1:$2 in
	run:0) echo '<workflows>' ;;
	run:*) echo '<steps>' ;;
	resume:0) echo '<runs>' ;;
	rollback:0) echo '<runs>' ;;
	approve:0) echo '<waits>' ;;
	approve:*) echo '<run-steps>' ;;
	reject:0) echo '<waits>' ;;
	reject:*) echo '<run-steps>' ;;
	answer:0) echo '<waits>' ;;
	answer:*) echo '<run-steps>' ;;
	cancel:0) echo '<runs>' ;;
	pause:0) echo '<runs>' ;;
	skip:0) echo '<runs>' ;;
	skip:*) echo '<run-steps>' ;;
	plan:0) echo '<workflows>' ;;
	plan:*) echo '<steps>' ;;
	explain:0) echo '<workflows>' ;;
	explain:*) echo '<steps>' ;;
	hooks:0) echo 'install|uninstall|status|run|import' ;;
	hooks:*) echo 'pre-commit|pre-merge-commit|prepare-commit-msg|commit-msg|post-commit|pre-rebase|post-rewrite|post-checkout|post-merge|pre-push|applypatch-msg|pre-applypatch|post-applypatch|sendemail-validate|p4-pre-submit|p4-prepare-changelist|p4-changelist|p4-post-changelist|pre-auto-gc|post-index-change|reference-transaction|pre-receive|update|post-receive' ;;
	new:0) echo '<templates>' ;;
	show:0) echo '<workflows>' ;;
	graph:0) echo '<workflows>' ;;
	graph:*) echo '<steps>' ;;
	validate:0) echo '<workflows>' ;;
	validate:*) echo '<workflows>' ;;
	fmt:0) echo '<workflows>' ;;
	fmt:*) echo '<workflows>' ;;
	status:0) echo '<runs>' ;;
	log:0) echo '<runs>' ;;
	log:*) echo '<run-steps>' ;;
	report:0) echo '<runs>' ;;
	snapshots:0) echo '<runs>' ;;
	history:0) echo '<workflows>' ;;
	stats:0) echo '<workflows>' ;;
	cache:0) echo 'info|gc|verify|clear' ;;
	trust:0) echo 'hooks|schedule|watch|serve|mcp' ;;
	trust:*) echo 'hooks|schedule|watch|serve|mcp' ;;
	completion:0) echo 'bash|zsh|fish' ;;
	help:0) echo '<commands>' ;;
	esac
}

__git_wf_takes_params() {
	[ -n "$id" ] || return
	case $command in
	run | resume | plan | explain | new | graph) ;;
	*) return 1 ;;
	esac
}

__git_wf_real_name() {
	case $command in
	create) command=new ;;
	generate) command=new ;;
	esac
}

# Those of the words that begin with $cur; a blank follows all but '--name=' and 'junit:'.
__git_wf_reply() {
	local word typed=${cur//\\/}
	for word; do
		case $word in
		"$typed"*[=:]) COMPREPLY+=("$word") ;;
		"$typed"*) COMPREPLY+=("$(printf %q "$word") ") ;;
		esac
	done
}

# SOURCE ID [OPTION]
__git_wf_source() {
	local IFS=$' \t\n' name
	case $1 in
	'<files>') compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")) ;;
	'<dirs>') compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")) ;;
	'<commands>') __git_wf_reply $__git_wf_commands ;;
	'<'*)
		while IFS= read -r name; do __git_wf_reply "$name"; done < <(
			__git_wf_names "${1//[<>]/}" ${2:+"$2"} ${3:+"$3"}) ;;
	*) __git_wf_reply ${1//|/ } ;;
	esac
}

# Called by git's completion, or with words, cword, cur, prev set by __git_wf_main.
_git_wf() {
	local i=${__git_wf_start:-$((${__git_cmd_idx:-1} + 1))} command='' id='' n=0 source
	for (( ; i < cword; i++)); do
		case ${words[i]} in
		-*) [ -z "$(__git_wf_value "$command" "${words[i]}")" ] || ((i++)) ;;
		*)
			if [ -z "$command" ]; then
				command=${words[i]}
				__git_wf_real_name
			else
				[ -n "$id" ] || id=${words[i]}
				((++n))
			fi ;;
		esac
	done
	if [[ $prev == = ]]; then
		prev=${words[cword - 2]}
	elif [[ $cur == = ]]; then
		cur=
	elif [[ $cur == --*=* ]]; then
		prev=${cur%%=*} cur=${cur#*=}
		[[ $prev != --force ]] || { __git_wf_source '<steps>' "$id"; return; }
	fi
	source=$(__git_wf_value "$command" "$prev")
	if [ -n "$source" ]; then
		__git_wf_source "$source" "$id"
		return
	elif [ -z "$command" ]; then
		__git_wf_reply $__git_wf_commands
		return
	elif [[ $prev == --* ]] && __git_wf_takes_params; then
		__git_wf_source '<values>' "$id" "${prev#--}"
		[ ${#COMPREPLY[@]} -eq 0 ] || return
	fi
	if [[ $cur == -* ]]; then
		__git_wf_reply $(__git_wf_options "$command")
		! __git_wf_takes_params || __git_wf_source '<params>' "$id"
	else
		__git_wf_source "$(__git_wf_word "$command" $n)" "$id"
	fi
}

__git_wf_main() {
	local words cword cur prev __git_wf_start=1
	if declare -F _get_comp_words_by_ref >/dev/null; then
		_get_comp_words_by_ref -n =: cur words cword prev
	else
		words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
		cur=${words[cword]} prev=${words[cword - 1]}
	fi
	_git_wf
}

complete -o bashdefault -o nospace -F __git_wf_main git-wf
