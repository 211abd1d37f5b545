import Runtime
import Settings

/// What a shell offers while the options are typed.
enum Completion {
    /// What an option's argument can be.
    private enum Value {
        case nothing
        case file
        case words([String])
        case free
    }

    private static func value(of argument: String?) -> Value {
        switch argument {
        case nil: .nothing
        case "PATH", "FILE": .file
        case "LEVEL": .words(LogLevel.allCases.map(\.rawValue))
        case "SPEED": .words(["real", "max"])
        default: .free
        }
    }

    static var bash: String {
        var text = """
            # bash completion for blemqttd
            _blemqttd() {
                local word=${COMP_WORDS[COMP_CWORD]}
                COMPREPLY=()
                case ${COMP_WORDS[COMP_CWORD - 1]} in

            """
        for option in Options.table {
            let reply: String
            switch value(of: option.argument) {
            case .nothing: continue
            case .file: reply = "mapfile -t COMPREPLY < <(compgen -f -- \"$word\")"
            case .words(let words): reply = "mapfile -t COMPREPLY < <(compgen -W '\(words.joined(separator: " "))' -- \"$word\")"
            case .free: reply = ":"
            }
            text += "        \(option.names.joined(separator: " | "))) \(reply); return ;;\n"
        }
        let names = Options.table.compactMap { $0.names.first }.joined(separator: " ")
        return text + """
                esac
                mapfile -t COMPREPLY < <(compgen -W '\(names)' -- "$word")
            }
            complete -o filenames -F _blemqttd blemqttd

            """
    }

    static var zsh: String {
        var text = "#compdef blemqttd\n_arguments"
        for option in Options.table {
            for name in option.names {
                var specification = "\(name)[\(option.help.split(separator: ":").joined(separator: "\\:"))]"
                switch value(of: option.argument) {
                case .nothing: break
                case .file: specification += ":file:_files"
                case .words(let words): specification += ":\(option.argument!):(\(words.joined(separator: " ")))"
                case .free: specification += ":\(option.argument!):"
                }
                text += " \\\n    '\(specification)'"
            }
        }
        return text + "\n"
    }

    static var fish: String {
        var text = "complete -c blemqttd -f\n"
        for option in Options.table {
            text += "complete -c blemqttd"
            for name in option.names { text += name.hasPrefix("--") ? " -l \(name.dropFirst(2))" : " -s \(name.dropFirst())" }
            switch value(of: option.argument) {
            case .nothing: break
            case .file: text += " -r -F"
            case .words(let words): text += " -x -a '\(words.joined(separator: " "))'"
            case .free: text += " -x"
            }
            text += " -d '\(option.help)'\n"
        }
        return text
    }
}
