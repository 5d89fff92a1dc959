function __dmake_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __dmake_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __dmake_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __dmake_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __dmake_parse_tokens -S
    set -l unparsed_tokens (__dmake_tokens -pc)
    switch $unparsed_tokens[1]
    case 'dmake'
        __dmake_parse_subcommand 0 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'agent'
            __dmake_parse_subcommand 0 'name=' 'leader=+' 'token-file=' 'allow=' 'cgroup=' 'state-dir=' 'log-level=' 'log-format=' 'lead' 'listen=+' 'policy=' 'lease=' 'fence=' 'stop-grace=' 'tick=' 'keep-provenance=' 'j/make-jobs=' 'recipe-limit=' 'version' 'h/help'
        case 'leader'
            __dmake_parse_subcommand 0 'listen=+' 'policy=' 'lease=' 'fence=' 'stop-grace=' 'tick=' 'keep-provenance=' 'j/make-jobs=' 'recipe-limit=' 'state-dir=' 'log-level=' 'log-format=' 'token-file=' 'version' 'h/help'
        case 'apply'
            __dmake_parse_subcommand 1 'f=' 'C=' 'n/dry-run' 'q/quiet' 'wait' 'timeout=' 'history' 'rollback=' 'lift=' 'o/output=' 'color=' 'leader=+' 'token-file=' 'version' 'h/help'
        case 'status'
            __dmake_parse_subcommand 1 'w/watch' 'every=' 'why=' 'at=' 'why-not=' 'since=' 'log' 'f/follow' 'lines=' 'o/output=' 'color=' 'leader=+' 'token-file=' 'version' 'h/help'
        case 'lint'
            __dmake_parse_subcommand 1 'f=' 'C=' 'config=' 'schema' 'explain=' 'trust' 'leader=' 'token-file=' 'advice' 'o/output=' 'color=' 'version' 'h/help'
        case 'help'
            __dmake_parse_subcommand -r 1 'version'
        end
    end
end

function __dmake_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __dmake_parse_subcommand -S -a positional_count
    argparse -s r -- $argv
    set -l option_specs $argv[2..]
    set -l is_repeating_positional $_flag_r
    set -el _flag_r
    set -a commands $unparsed_tokens[1]
    set positional_index 0
    while true
        set -e unparsed_tokens[1]
        argparse -sn "$commands" $option_specs -- $unparsed_tokens 2> /dev/null
        set unparsed_tokens $argv
        set positional_index (math $positional_index + 1)
        for non_repeating_flag_or_option in $non_repeating_flags_or_options
            if set -ql "_flag_$(string replace -a - _ -- $non_repeating_flag_or_option)"
                set non_repeating_flags_or_options_absent 1
                break
            end
        end
        test (count $unparsed_tokens) -eq 0 -o \( -z "$is_repeating_positional" -a "$positional_index" -gt "$positional_count" \) && break
    end
end

function __dmake_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __dmake_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__dmake_tokens -p)
    if test -z "$(__dmake_tokens -t)"
        set -l index (count (__dmake_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'dmake' -f
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake" version' -l 'version' -d 'Show the version.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_positional "dmake" -eq 1' -fa 'agent' -d 'Run a node\'s processes, watch their states and apply their configurations.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_positional "dmake" -eq 1' -fa 'leader' -d 'Lead: keep the tree of states and configurations and run the policy.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_positional "dmake" -eq 1' -fa 'apply' -d 'Check, plan and activate a policy: a DMakefile with the programs beside it.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_positional "dmake" -eq 1' -fa 'status' -d 'Show nodes, processes, rounds and problems, or explain a value.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_positional "dmake" -eq 1' -fa 'lint' -d 'Check a policy, or a node\'s configuration; no leader is needed.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_positional "dmake" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent" name' -l 'name' -d 'The node\'s name; without it, the host\'s name.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent"' -l 'leader' -d 'Where a leader listens: unix:/path, host:port or [ipv6]:port; may be given several times.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent" token-file' -l 'token-file' -d 'The leader\'s token, which loopback TCP asks for: a file of mode 0600.' -rF
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent" allow' -l 'allow' -d 'The list of what a leader may have started here (dmake-allow(5)); the file must be there.' -rF
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent" cgroup' -l 'cgroup' -d 'Where processes get control groups: auto, off, or a folder of the cgroup2 hierarchy.' -rfa '(__dmake_complete_directories)'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent" state-dir' -l 'state-dir' -d 'The folder for all that must survive a restart; the leader\'s part is in DIR/leader.' -rfa '(__dmake_complete_directories)'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent" log-level' -l 'log-level' -d 'The least important messages that are logged.' -rfka 'debug info warning error'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent" log-format' -l 'log-format' -d 'Lines for people, or a JSON object a line.' -rfka 'text json'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent" lead' -l 'lead' -d 'Lead too, in the same process.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent"' -l 'listen' -d 'Where the leader listens: unix:/path, 127.0.0.1:port or [::1]:port; may be given several times.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent" policy' -l 'policy' -d 'A policy that is activated if none was yet: a folder, or its DMakefile.' -rfa '(__dmake_complete_directories)'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent" lease' -l 'lease' -d 'How long a node that is not heard stays present.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent" fence' -l 'fence' -d 'How long after it was heard last an agent stops what is to stop in isolation.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent" stop-grace' -l 'stop-grace' -d 'How long that may take until it is killed.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent" tick' -l 'tick' -d 'What a step of the leader\'s logical time stands for.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent" keep-provenance' -l 'keep-provenance' -d 'How long it is kept why an overwritten value was what it was, for `dmake status --why --at`.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent" j make-jobs' -s 'j' -l 'make-jobs' -d 'How many recipes make runs at once.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent" recipe-limit' -l 'recipe-limit' -d 'How long a recipe may take before it is killed.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent" version' -l 'version' -d 'Show the version.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake agent" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake leader"' -l 'listen' -d 'Where the leader listens: unix:/path, 127.0.0.1:port or [::1]:port; may be given several times.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake leader" policy' -l 'policy' -d 'A policy that is activated if none was yet: a folder, or its DMakefile.' -rfa '(__dmake_complete_directories)'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake leader" lease' -l 'lease' -d 'How long a node that is not heard stays present.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake leader" fence' -l 'fence' -d 'How long after it was heard last an agent stops what is to stop in isolation.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake leader" stop-grace' -l 'stop-grace' -d 'How long that may take until it is killed.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake leader" tick' -l 'tick' -d 'What a step of the leader\'s logical time stands for.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake leader" keep-provenance' -l 'keep-provenance' -d 'How long it is kept why an overwritten value was what it was, for `dmake status --why --at`.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake leader" j make-jobs' -s 'j' -l 'make-jobs' -d 'How many recipes make runs at once.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake leader" recipe-limit' -l 'recipe-limit' -d 'How long a recipe may take before it is killed.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake leader" state-dir' -l 'state-dir' -d 'The folder for all that must survive a restart; the leader\'s part is in DIR/leader.' -rfa '(__dmake_complete_directories)'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake leader" log-level' -l 'log-level' -d 'The least important messages that are logged.' -rfka 'debug info warning error'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake leader" log-format' -l 'log-format' -d 'Lines for people, or a JSON object a line.' -rfka 'text json'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake leader" token-file' -l 'token-file' -d 'The token that loopback TCP asks for: a file of mode 0600, made where it is absent. Without it, DIR/leader/token.' -rF
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake leader" version' -l 'version' -d 'Show the version.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake leader" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_positional "dmake apply" -eq 1' -fa '(__dmake_complete_directories)'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake apply" f' -s 'f' -d 'The DMakefile; the files beside it belong to the policy.' -rF
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake apply" C' -s 'C' -d 'The folder with the DMakefile.' -rfa '(__dmake_complete_directories)'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake apply" dry-run n' -s 'n' -l 'dry-run' -d 'Show what would change, node by node, and change nothing.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake apply" q quiet' -l 'quiet' -s 'q' -d 'Say nothing and change nothing: exit with 1 if something would change.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake apply" wait' -l 'wait' -d 'Wait until every present node has applied it.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake apply" timeout' -l 'timeout' -d 'How long to wait for plans, rounds and nodes.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake apply" history' -l 'history' -d 'List the policies that were active.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake apply" rollback' -l 'rollback' -d 'Activate an earlier policy again: the previous one, or the one with this digest.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake apply" lift' -l 'lift' -d 'Let quarantined rules run again: all of them, or the one for this target.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake apply" o output' -s 'o' -l 'output' -d 'The form of the answer.' -rfka 'text json'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake apply" color' -l 'color' -d 'Colours; NO_COLOR in the environment forbids them where this says auto.' -rfka 'auto always never'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake apply"' -l 'leader' -d 'Where a leader listens: unix:/path, host:port or [ipv6]:port; may be given several times.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake apply" token-file' -l 'token-file' -d 'The leader\'s token, which loopback TCP asks for: a file of mode 0600. Without it, DMAKE_TOKEN holds the token.' -rF
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake apply" version' -l 'version' -d 'Show the version.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake apply" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake status" w watch' -l 'watch' -s 'w' -d 'Show it again and again, in place on a terminal.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake status" every' -l 'every' -d 'How often with --watch, as in 500ms, 10s, 2m.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake status" why' -l 'why' -d 'Explain why NODE/PROCESS/FILE, or the value of its element TAG, is what it is: the rule, every reason that it ran, its inputs, and how those came about. Of what [local] rules make, only their node knows.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake status" at' -l 'at' -d 'Explain with --why how it was when the log was at this index.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake status" why-not' -l 'why-not' -d 'Explain why the rule for NODE/PROCESS/FILE, FILE{TAG} or another target did not run in the last round.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake status" since' -l 'since' -d 'Ask with --why-not since this round.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake status" log' -l 'log' -d 'Show what NODE/PROCESS has printed.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake status" f follow' -l 'follow' -s 'f' -d 'Go on with --log until interrupted.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake status" lines' -l 'lines' -d 'How many of the last lines with --log; 40 without it.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake status" o output' -s 'o' -l 'output' -d 'The form of the answer.' -rfka 'text json'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake status" color' -l 'color' -d 'Colours; NO_COLOR in the environment forbids them where this says auto.' -rfka 'auto always never'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake status"' -l 'leader' -d 'Where a leader listens: unix:/path, host:port or [ipv6]:port; may be given several times.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake status" token-file' -l 'token-file' -d 'The leader\'s token, which loopback TCP asks for: a file of mode 0600. Without it, DMAKE_TOKEN holds the token.' -rF
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake status" version' -l 'version' -d 'Show the version.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake status" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_positional "dmake lint" -eq 1' -fa '(__dmake_complete_directories)'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake lint" f' -s 'f' -d 'The DMakefile; the files beside it belong to the policy.' -rF
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake lint" C' -s 'C' -d 'The folder with the DMakefile.' -rfa '(__dmake_complete_directories)'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake lint" config' -l 'config' -d 'Check a node\'s configuration instead (dmake-config(5)).' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'xml\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake lint" schema' -l 'schema' -d 'Print the RELAX NG schema of a node\'s configuration.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake lint" explain' -l 'explain' -d 'Say at length what a finding means and how to mend it.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake lint" trust' -l 'trust' -d 'Let make run what the policy makes it run, also where it cannot be confined.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake lint" leader' -l 'leader' -d 'Check against the members and files of this leader too, and by a trial round there.' -rfka ''
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake lint" token-file' -l 'token-file' -d 'The leader\'s token; without it, DMAKE_TOKEN holds the token.' -rF
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake lint" advice' -l 'advice' -d 'Tell also what could be better although nothing is wrong.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake lint" o output' -s 'o' -l 'output' -d 'The form of the answer.' -rfka 'text json sarif make dot svg'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake lint" color' -l 'color' -d 'Colours; NO_COLOR in the environment forbids them where this says auto.' -rfka 'auto always never'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake lint" version' -l 'version' -d 'Show the version.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake lint" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'dmake' -n '__dmake_should_offer_completions_for_flags_or_options "dmake help" version' -l 'version' -d 'Show the version.'
