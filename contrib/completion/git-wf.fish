# fish completion for 'git wf' and 'git-wf'. Made by 'git wf completion fish'.

# The words so far that are no options: the command, its words
function __git_wf_words
	set -l words (commandline -opc)
	set -e words[1]
	test (count $words) -gt 0; and test "$words[1]" = wf; and set -e words[1]
	string match -v -- '-*' $words
end

function __git_wf_needs_command
	test (count (__git_wf_words)) -eq 0
end

# COMMAND [NUMBER]: in this command, with so many words behind it ('+': one or more)
function __git_wf_in
	set -l words (__git_wf_words)
	test (count $words) -gt 0; or return 1
	test (__git_wf_real_name $words[1]) = $argv[1]; or return 1
	switch "$argv[2]"
		case ''
			return 0
		case '+'
			test (count $words) -gt 1
		case '*'
			test (count $words) -eq (math $argv[2] + 1)
	end
end

# KIND: names that only the repository knows
function __git_wf_names
	set -l words (__git_wf_words)
	git-wf __complete $argv[1] $words[2] 2>/dev/null
end

function __git_wf_real_name
	switch $argv[1]
		case create
			echo new
		case generate
			echo new
		case '*'
			echo $argv[1]
	end
end

complete -c git-wf -f
complete -c git-wf -n __git_wf_needs_command -a run -d 'run a workflow, or as much of it as is not up to date'
complete -c git-wf -n __git_wf_needs_command -a resume -d 'go on with a run that failed or was interrupted'
complete -c git-wf -n __git_wf_needs_command -a rollback -d 'take back what a run did to the worktree'
complete -c git-wf -n __git_wf_needs_command -a undo -d 'take back the last rollback or undo'
complete -c git-wf -n __git_wf_needs_command -a approve -d 'say yes to a step that waits for it'
complete -c git-wf -n __git_wf_needs_command -a reject -d 'say no to a step that waits'
complete -c git-wf -n __git_wf_needs_command -a answer -d 'answer the question of a step'
complete -c git-wf -n __git_wf_needs_command -a cancel -d 'end a run; it can be resumed'
complete -c git-wf -n __git_wf_needs_command -a pause -d 'let what runs end, and hold the rest for a resume'
complete -c git-wf -n __git_wf_needs_command -a skip -d 'leave a step out of a run'
complete -c git-wf -n __git_wf_needs_command -a plan -d 'show what would run, and why'
complete -c git-wf -n __git_wf_needs_command -a explain -d 'show every reason, with both sides of what changed'
complete -c git-wf -n __git_wf_needs_command -a do -d 'run the command that a phrase means'
complete -c git-wf -n __git_wf_needs_command -a hooks -d 'have git start workflows, and see what it starts'
complete -c git-wf -n __git_wf_needs_command -a new -d 'write a workflow from a template'
complete -c git-wf -n __git_wf_needs_command -a list -d 'list the workflows of this repository'
complete -c git-wf -n __git_wf_needs_command -a show -d 'show a workflow: its parameters and steps'
complete -c git-wf -n __git_wf_needs_command -a graph -d 'show which step waits for which, and the critical path'
complete -c git-wf -n __git_wf_needs_command -a validate -d 'find all mistakes in workflow files'
complete -c git-wf -n __git_wf_needs_command -a fmt -d 'put workflow files into their canonical form'
complete -c git-wf -n __git_wf_needs_command -a status -d 'show how a run stands'
complete -c git-wf -n __git_wf_needs_command -a log -d 'show what steps wrote'
complete -c git-wf -n __git_wf_needs_command -a report -d 'write a run as a document'
complete -c git-wf -n __git_wf_needs_command -a snapshots -d 'list the snapshots that runs took, and what changed between them'
complete -c git-wf -n __git_wf_needs_command -a history -d 'list past runs'
complete -c git-wf -n __git_wf_needs_command -a stats -d 'tell how past runs went, and what the cache saved'
complete -c git-wf -n __git_wf_needs_command -a cache -d 'show and tend what is remembered of steps'
complete -c git-wf -n __git_wf_needs_command -a config -d 'show the settings and where each comes from'
complete -c git-wf -n __git_wf_needs_command -a trust -d 'agree to what triggers start in this repository'
complete -c git-wf -n __git_wf_needs_command -a doctor -d 'check what git wf needs from this machine'
complete -c git-wf -n __git_wf_needs_command -a completion -d 'print what a shell needs to complete these commands'
complete -c git-wf -n __git_wf_needs_command -a help -d 'open the manual'
complete -c git-wf -n __git_wf_needs_command -a version -d 'print the version'
complete -c git-wf -s C -x -a '(__fish_complete_directories)' -d 'run as if started in DIR'
complete -c git-wf -s q -l quiet -d 'say only what matters'
complete -c git-wf -s v -l verbose -d 'say more'
complete -c git-wf -l color -x -a 'auto always never' -d 'use color: auto, always or never'
complete -c git-wf -s h -d 'show these options'
complete -c git-wf -l help -d 'open the manual'
complete -c git-wf -n '__git_wf_in run' -s n -l dry-run -d 'show what would run, and why, as \'git wf plan\' does'
complete -c git-wf -n '__git_wf_in run' -l resume -d 'go on with the newest run of this workflow that has not passed since, if there is one'
complete -c git-wf -n '__git_wf_in run' -l parallel -d 'as many steps at once as there are CPUs (the default), also of a file with \'order: listed\''
complete -c git-wf -n '__git_wf_in run' -l isolate -d 'run on a copy of the files, in a worktree of its own that goes afterwards'
complete -c git-wf -n '__git_wf_in run' -l rev -x -d 'run on each commit of a range, or on one, in a worktree of its own'
complete -c git-wf -n '__git_wf_in run' -s p -l param -x -a '(__git_wf_names param-names)' -d 'set a parameter whatever it is called'
complete -c git-wf -n '__git_wf_in run' -l from -x -a '(__git_wf_names steps)' -d 'this step and what comes after it'
complete -c git-wf -n '__git_wf_in run' -l until -x -a '(__git_wf_names steps)' -d 'this step and what it needs'
complete -c git-wf -n '__git_wf_in run' -l only -x -a '(__git_wf_names steps)' -d 'this step and nothing else; may be said again'
complete -c git-wf -n '__git_wf_in run' -l force -a '(__git_wf_names steps)' -d 'run this step (alone: every step) even if nothing changed; may be said again'
complete -c git-wf -n '__git_wf_in run' -l no-cache -d 'remember nothing and use nothing remembered'
complete -c git-wf -n '__git_wf_in run' -l strict -d 'a gate of level warning fails too'
complete -c git-wf -n '__git_wf_in run' -l lenient -d 'no gate fails, all warn'
complete -c git-wf -n '__git_wf_in run' -l custom-gates -r -F -d 'check the gates of this file too'
complete -c git-wf -n '__git_wf_in run' -s j -l jobs -x -d 'run at most N steps at once (default: as many as there are CPUs)'
complete -c git-wf -n '__git_wf_in run' -s k -l keep-going -d 'after a failure go on with what does not need it'
complete -c git-wf -n '__git_wf_in run' -l timeout -x -d 'end the run after T (90s, 5m, 1h30m; a bare number: minutes)'
complete -c git-wf -n '__git_wf_in run' -l checkpoint -d 'write a checkpoint after every step'
complete -c git-wf -n '__git_wf_in run' -l output -x -a 'stream group quiet' -d 'what steps write: stream (as it comes), group (where one fails) or quiet'
complete -c git-wf -n '__git_wf_in run' -l events -r -F -d 'write every event as a line of JSON (-: to standard output)'
complete -c git-wf -n '__git_wf_in run' -l report -x -a 'junit: jsonl: trace: markdown:' -d 'write a report of the run: junit, jsonl, trace or markdown (-: to standard output)'
complete -c git-wf -n '__git_wf_in run' -l mode -x -a 'autopilot supervised hybrid' -d 'ask before steps run: autopilot none, supervised each, hybrid those of high risk'
complete -c git-wf -n '__git_wf_in run' -l interactive-mode -d 'the same as --mode=supervised'
complete -c git-wf -n '__git_wf_in run' -l yes -d 'yes to all that is asked, and the default where a question has one'
complete -c git-wf -n '__git_wf_in run 0' -a '(__git_wf_names workflows)'
complete -c git-wf -n '__git_wf_in run +' -a '(__git_wf_names param-words)'
complete -c git-wf -n '__git_wf_in run +' -a '(__git_wf_names steps)'
complete -c git-wf -n '__git_wf_in resume' -s n -l dry-run -d 'show what would run, and why; change nothing'
complete -c git-wf -n '__git_wf_in resume' -s p -l param -x -a '(__git_wf_names param-names)' -d 'give a parameter another value than the run had'
complete -c git-wf -n '__git_wf_in resume' -s j -l jobs -x -d 'run at most N steps at once (default: as many as there are CPUs)'
complete -c git-wf -n '__git_wf_in resume' -l retry -x -a '(__git_wf_names run-steps)' -d 'run this step again (alone: each that did not pass), whatever is known of it'
complete -c git-wf -n '__git_wf_in resume' -l skip -x -a '(__git_wf_names run-steps)' -d 'leave this step out; what needs it goes on'
complete -c git-wf -n '__git_wf_in resume' -l done -x -a '(__git_wf_names run-steps)' -d 'this step was finished by hand: its outputs are taken as they are'
complete -c git-wf -n '__git_wf_in resume' -l from -x -a '(__git_wf_names run-steps)' -d 'run this step and all below it again'
complete -c git-wf -n '__git_wf_in resume' -l abort -d 'end the run for good; it cannot be resumed after that'
complete -c git-wf -n '__git_wf_in resume' -l rollback-to -x -a '(__git_wf_names checkpoints)' -d 'first put the worktree back as it was there, as \'rollback --to\''
complete -c git-wf -n '__git_wf_in resume' -s k -l keep-going -d 'after a failure go on with what does not need it'
complete -c git-wf -n '__git_wf_in resume' -l timeout -x -d 'end the run after T (90s, 5m, 1h30m; a bare number: minutes)'
complete -c git-wf -n '__git_wf_in resume' -l checkpoint -d 'write a checkpoint after every step'
complete -c git-wf -n '__git_wf_in resume' -l output -x -a 'stream group quiet' -d 'what steps write: stream (as it comes), group (where one fails) or quiet'
complete -c git-wf -n '__git_wf_in resume' -l events -r -F -d 'write every event as a line of JSON (-: to standard output)'
complete -c git-wf -n '__git_wf_in resume' -l report -x -a 'junit: jsonl: trace: markdown:' -d 'write a report of the run: junit, jsonl, trace or markdown (-: to standard output)'
complete -c git-wf -n '__git_wf_in resume' -l mode -x -a 'autopilot supervised hybrid' -d 'ask before steps run: autopilot none, supervised each, hybrid those of high risk'
complete -c git-wf -n '__git_wf_in resume' -l interactive-mode -d 'the same as --mode=supervised'
complete -c git-wf -n '__git_wf_in resume' -l yes -d 'yes to all that is asked, and the default where a question has one'
complete -c git-wf -n '__git_wf_in resume 0' -a '(__git_wf_names runs)'
complete -c git-wf -n '__git_wf_in resume +' -a '(__git_wf_names param-words)'
complete -c git-wf -n '__git_wf_in rollback' -l to -x -a '(__git_wf_names checkpoints)' -d 'as it was right after this step (before:STEP: before it; a number: that snapshot; a checkpoint\'s file)'
complete -c git-wf -n '__git_wf_in rollback' -l declared-only -d 'leave paths that no step declares as its output'
complete -c git-wf -n '__git_wf_in rollback 0' -a '(__git_wf_names runs)'
complete -c git-wf -n '__git_wf_in approve' -l resume -d 'go on with the run, if no engine is at work on it'
complete -c git-wf -n '__git_wf_in approve 0' -a '(__git_wf_names waits)'
complete -c git-wf -n '__git_wf_in approve +' -a '(__git_wf_names run-steps)'
complete -c git-wf -n '__git_wf_in reject' -l resume -d 'go on with the run, if no engine is at work on it'
complete -c git-wf -n '__git_wf_in reject 0' -a '(__git_wf_names waits)'
complete -c git-wf -n '__git_wf_in reject +' -a '(__git_wf_names run-steps)'
complete -c git-wf -n '__git_wf_in answer' -l resume -d 'go on with the run, if no engine is at work on it'
complete -c git-wf -n '__git_wf_in answer 0' -a '(__git_wf_names waits)'
complete -c git-wf -n '__git_wf_in answer +' -a '(__git_wf_names run-steps)'
complete -c git-wf -n '__git_wf_in cancel 0' -a '(__git_wf_names runs)'
complete -c git-wf -n '__git_wf_in pause 0' -a '(__git_wf_names runs)'
complete -c git-wf -n '__git_wf_in skip 0' -a '(__git_wf_names runs)'
complete -c git-wf -n '__git_wf_in skip +' -a '(__git_wf_names run-steps)'
complete -c git-wf -n '__git_wf_in plan' -l check -d 'exit with 1 unless everything is up to date'
complete -c git-wf -n '__git_wf_in plan' -l json -d 'answer in JSON'
complete -c git-wf -n '__git_wf_in plan' -s p -l param -x -a '(__git_wf_names param-names)' -d 'set a parameter whatever it is called'
complete -c git-wf -n '__git_wf_in plan' -l from -x -a '(__git_wf_names steps)' -d 'this step and what comes after it'
complete -c git-wf -n '__git_wf_in plan' -l until -x -a '(__git_wf_names steps)' -d 'this step and what it needs'
complete -c git-wf -n '__git_wf_in plan' -l only -x -a '(__git_wf_names steps)' -d 'this step and nothing else; may be said again'
complete -c git-wf -n '__git_wf_in plan' -l force -a '(__git_wf_names steps)' -d 'run this step (alone: every step) even if nothing changed; may be said again'
complete -c git-wf -n '__git_wf_in plan' -l no-cache -d 'remember nothing and use nothing remembered'
complete -c git-wf -n '__git_wf_in plan' -l strict -d 'a gate of level warning fails too'
complete -c git-wf -n '__git_wf_in plan' -l lenient -d 'no gate fails, all warn'
complete -c git-wf -n '__git_wf_in plan' -l custom-gates -r -F -d 'check the gates of this file too'
complete -c git-wf -n '__git_wf_in plan' -s j -l jobs -x -d 'run at most N steps at once (default: as many as there are CPUs)'
complete -c git-wf -n '__git_wf_in plan 0' -a '(__git_wf_names workflows)'
complete -c git-wf -n '__git_wf_in plan +' -a '(__git_wf_names param-words)'
complete -c git-wf -n '__git_wf_in plan +' -a '(__git_wf_names steps)'
complete -c git-wf -n '__git_wf_in explain' -l json -d 'answer in JSON'
complete -c git-wf -n '__git_wf_in explain' -s p -l param -x -a '(__git_wf_names param-names)' -d 'set a parameter whatever it is called'
complete -c git-wf -n '__git_wf_in explain' -l from -x -a '(__git_wf_names steps)' -d 'this step and what comes after it'
complete -c git-wf -n '__git_wf_in explain' -l until -x -a '(__git_wf_names steps)' -d 'this step and what it needs'
complete -c git-wf -n '__git_wf_in explain' -l only -x -a '(__git_wf_names steps)' -d 'this step and nothing else; may be said again'
complete -c git-wf -n '__git_wf_in explain' -l force -a '(__git_wf_names steps)' -d 'run this step (alone: every step) even if nothing changed; may be said again'
complete -c git-wf -n '__git_wf_in explain' -l no-cache -d 'remember nothing and use nothing remembered'
complete -c git-wf -n '__git_wf_in explain' -l strict -d 'a gate of level warning fails too'
complete -c git-wf -n '__git_wf_in explain' -l lenient -d 'no gate fails, all warn'
complete -c git-wf -n '__git_wf_in explain' -l custom-gates -r -F -d 'check the gates of this file too'
complete -c git-wf -n '__git_wf_in explain' -s j -l jobs -x -d 'run at most N steps at once (default: as many as there are CPUs)'
complete -c git-wf -n '__git_wf_in explain 0' -a '(__git_wf_names workflows)'
complete -c git-wf -n '__git_wf_in explain +' -a '(__git_wf_names param-words)'
complete -c git-wf -n '__git_wf_in explain +' -a '(__git_wf_names steps)'
complete -c git-wf -n '__git_wf_in do' -s n -l dry-run -d 'only print the command, on standard output'
complete -c git-wf -n '__git_wf_in do' -s l -l list -d 'list an example of each phrase'
complete -c git-wf -n '__git_wf_in hooks' -l all-files -d 'run: on every file, not only on what differs'
complete -c git-wf -n '__git_wf_in hooks' -l from-ref -x -d 'run: on what differs from this commit'
complete -c git-wf -n '__git_wf_in hooks' -l to-ref -x -d 'run: on the files of this commit (default with --from-ref: HEAD)'
complete -c git-wf -n '__git_wf_in hooks' -l files -d 'run: the words behind HOOK are files, and it is about these'
complete -c git-wf -n '__git_wf_in hooks' -l no-cache -d 'run: remember nothing and use nothing remembered'
complete -c git-wf -n '__git_wf_in hooks' -s j -l jobs -x -d 'run: at most N steps at once (default: as many as there are CPUs)'
complete -c git-wf -n '__git_wf_in hooks' -l json -d 'status: answer in JSON'
complete -c git-wf -n '__git_wf_in hooks' -l output -x -a 'stream group quiet' -d 'run: what steps write: stream (as it comes), group (where one fails) or quiet'
complete -c git-wf -n '__git_wf_in hooks 0' -a 'install uninstall status run import'
complete -c git-wf -n '__git_wf_in hooks +' -a 'pre-commit pre-merge-commit prepare-commit-msg commit-msg post-commit pre-rebase post-rewrite post-checkout post-merge pre-push applypatch-msg pre-applypatch post-applypatch sendemail-validate p4-pre-submit p4-prepare-changelist p4-changelist p4-post-changelist pre-auto-gc post-index-change reference-transaction pre-receive update post-receive'
complete -c git-wf -n '__git_wf_in new' -s t -l template -x -a '(__git_wf_names templates)' -d 'the template (default: the one that is called as the workflow)'
complete -c git-wf -n '__git_wf_in new' -s o -l output -r -F -d 'write the workflow there'
complete -c git-wf -n '__git_wf_in new' -s l -l list -d 'list the templates'
complete -c git-wf -n '__git_wf_in new' -l json -d 'with --list: answer in JSON'
complete -c git-wf -n '__git_wf_in new 0' -a '(__git_wf_names templates)'
complete -c git-wf -n '__git_wf_in new +' -a '(__git_wf_names param-words)'
complete -c git-wf -n '__git_wf_in list' -l json -d 'answer in JSON'
complete -c git-wf -n '__git_wf_in show' -l json -d 'answer in JSON'
complete -c git-wf -n '__git_wf_in show 0' -a '(__git_wf_names workflows)'
complete -c git-wf -n '__git_wf_in graph' -l format -x -a 'ascii dot mermaid json' -d 'ascii (the default), dot, mermaid or json'
complete -c git-wf -n '__git_wf_in graph' -l json -d 'answer in JSON'
complete -c git-wf -n '__git_wf_in graph' -s p -l param -x -a '(__git_wf_names param-names)' -d 'set a parameter whatever it is called'
complete -c git-wf -n '__git_wf_in graph' -l from -x -a '(__git_wf_names steps)' -d 'this step and what comes after it'
complete -c git-wf -n '__git_wf_in graph' -l until -x -a '(__git_wf_names steps)' -d 'this step and what it needs'
complete -c git-wf -n '__git_wf_in graph' -l only -x -a '(__git_wf_names steps)' -d 'this step and nothing else; may be said again'
complete -c git-wf -n '__git_wf_in graph' -l force -a '(__git_wf_names steps)' -d 'run this step (alone: every step) even if nothing changed; may be said again'
complete -c git-wf -n '__git_wf_in graph' -l no-cache -d 'remember nothing and use nothing remembered'
complete -c git-wf -n '__git_wf_in graph' -l strict -d 'a gate of level warning fails too'
complete -c git-wf -n '__git_wf_in graph' -l lenient -d 'no gate fails, all warn'
complete -c git-wf -n '__git_wf_in graph' -l custom-gates -r -F -d 'check the gates of this file too'
complete -c git-wf -n '__git_wf_in graph' -s j -l jobs -x -d 'run at most N steps at once (default: as many as there are CPUs)'
complete -c git-wf -n '__git_wf_in graph 0' -a '(__git_wf_names workflows)'
complete -c git-wf -n '__git_wf_in graph +' -a '(__git_wf_names param-words)'
complete -c git-wf -n '__git_wf_in graph +' -a '(__git_wf_names steps)'
complete -c git-wf -n '__git_wf_in validate' -l json -d 'answer in JSON'
complete -c git-wf -n '__git_wf_in validate 0' -a '(__git_wf_names workflows)'
complete -c git-wf -n '__git_wf_in validate +' -a '(__git_wf_names workflows)'
complete -c git-wf -n '__git_wf_in fmt' -l check -d 'change nothing; exit with 1 and name the files that would change'
complete -c git-wf -n '__git_wf_in fmt 0' -a '(__git_wf_names workflows)'
complete -c git-wf -n '__git_wf_in fmt +' -a '(__git_wf_names workflows)'
complete -c git-wf -n '__git_wf_in status' -l json -d 'answer in JSON'
complete -c git-wf -n '__git_wf_in status' -l porcelain -d 'answer in lines for programs, which stay as they are'
complete -c git-wf -n '__git_wf_in status' -l exit-code -d 'exit with 1 unless everything shown has passed'
complete -c git-wf -n '__git_wf_in status' -l execution-id -x -a '(__git_wf_names runs)' -d 'the run, as RUN'
complete -c git-wf -n '__git_wf_in status' -l require -x -a '(__git_wf_names workflows)' -d 'exit with 1 unless it has passed in a hook, for the very tree of a commit'
complete -c git-wf -n '__git_wf_in status' -l rev -x -d 'with --require: the commit (default: HEAD)'
complete -c git-wf -n '__git_wf_in status' -l allowed-signers -r -F -d 'with --require: only what was signed by who stands in this file counts'
complete -c git-wf -n '__git_wf_in status 0' -a '(__git_wf_names runs)'
complete -c git-wf -n '__git_wf_in log' -s f -l follow -d 'go on as long as the run does'
complete -c git-wf -n '__git_wf_in log' -l commits -d 'the commits that runs made, instead'
complete -c git-wf -n '__git_wf_in log 0' -a '(__git_wf_names runs)'
complete -c git-wf -n '__git_wf_in log +' -a '(__git_wf_names run-steps)'
complete -c git-wf -n '__git_wf_in report' -l format -x -a 'markdown junit trace jsonl' -d 'markdown (the default), junit, trace or jsonl'
complete -c git-wf -n '__git_wf_in report 0' -a '(__git_wf_names runs)'
complete -c git-wf -n '__git_wf_in snapshots' -l json -d 'answer in JSON'
complete -c git-wf -n '__git_wf_in snapshots 0' -a '(__git_wf_names runs)'
complete -c git-wf -n '__git_wf_in history' -s n -l limit -x -d 'show at most N runs (default: 20)'
complete -c git-wf -n '__git_wf_in history' -l json -d 'answer in JSON'
complete -c git-wf -n '__git_wf_in history 0' -a '(__git_wf_names workflows)'
complete -c git-wf -n '__git_wf_in stats' -l json -d 'answer in JSON'
complete -c git-wf -n '__git_wf_in stats 0' -a '(__git_wf_names workflows)'
complete -c git-wf -n '__git_wf_in cache' -s n -l dry-run -d 'gc: only say what would go'
complete -c git-wf -n '__git_wf_in cache' -l json -d 'answer in JSON'
complete -c git-wf -n '__git_wf_in cache 0' -a 'info gc verify clear'
complete -c git-wf -n '__git_wf_in config' -l json -d 'answer in JSON'
complete -c git-wf -n '__git_wf_in trust' -l list -d 'show everything that is trusted on this machine'
complete -c git-wf -n '__git_wf_in trust' -l diff -d 'show what changed since'
complete -c git-wf -n '__git_wf_in trust' -l revoke -d 'take it back'
complete -c git-wf -n '__git_wf_in trust' -l json -d 'with --list and --diff: answer in JSON'
complete -c git-wf -n '__git_wf_in trust 0' -a 'hooks schedule watch serve mcp'
complete -c git-wf -n '__git_wf_in trust +' -a 'hooks schedule watch serve mcp'
complete -c git-wf -n '__git_wf_in doctor' -l json -d 'answer in JSON'
complete -c git-wf -n '__git_wf_in completion 0' -a 'bash zsh fish'
complete -c git-wf -n '__git_wf_in help 0' -a run
complete -c git-wf -n '__git_wf_in help 0' -a resume
complete -c git-wf -n '__git_wf_in help 0' -a rollback
complete -c git-wf -n '__git_wf_in help 0' -a undo
complete -c git-wf -n '__git_wf_in help 0' -a approve
complete -c git-wf -n '__git_wf_in help 0' -a reject
complete -c git-wf -n '__git_wf_in help 0' -a answer
complete -c git-wf -n '__git_wf_in help 0' -a cancel
complete -c git-wf -n '__git_wf_in help 0' -a pause
complete -c git-wf -n '__git_wf_in help 0' -a skip
complete -c git-wf -n '__git_wf_in help 0' -a plan
complete -c git-wf -n '__git_wf_in help 0' -a explain
complete -c git-wf -n '__git_wf_in help 0' -a do
complete -c git-wf -n '__git_wf_in help 0' -a hooks
complete -c git-wf -n '__git_wf_in help 0' -a new
complete -c git-wf -n '__git_wf_in help 0' -a list
complete -c git-wf -n '__git_wf_in help 0' -a show
complete -c git-wf -n '__git_wf_in help 0' -a graph
complete -c git-wf -n '__git_wf_in help 0' -a validate
complete -c git-wf -n '__git_wf_in help 0' -a fmt
complete -c git-wf -n '__git_wf_in help 0' -a status
complete -c git-wf -n '__git_wf_in help 0' -a log
complete -c git-wf -n '__git_wf_in help 0' -a report
complete -c git-wf -n '__git_wf_in help 0' -a snapshots
complete -c git-wf -n '__git_wf_in help 0' -a history
complete -c git-wf -n '__git_wf_in help 0' -a stats
complete -c git-wf -n '__git_wf_in help 0' -a cache
complete -c git-wf -n '__git_wf_in help 0' -a config
complete -c git-wf -n '__git_wf_in help 0' -a trust
complete -c git-wf -n '__git_wf_in help 0' -a doctor
complete -c git-wf -n '__git_wf_in help 0' -a completion
complete -c git-wf -n '__git_wf_in help 0' -a help
complete -c git-wf -n '__git_wf_in help 0' -a version
complete -c git-wf -n '__git_wf_in version' -l json -d 'answer in JSON'
