import ArgumentParser

/// `swiftclaw completions`.
struct CompletionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions", abstract: "Generates shell completions.",
    discussion: """
      bash: swiftclaw completions bash > ~/.local/share/bash-completion/completions/swiftclaw
      zsh:  swiftclaw completions zsh > a folder of $fpath, as _swiftclaw
      fish: swiftclaw completions fish > ~/.config/fish/completions/swiftclaw.fish

      Example:
        source <(swiftclaw completions bash)
      """)

  enum Shell: String, ExpressibleByArgument, CaseIterable {
    case bash, zsh, fish
  }

  @Argument(help: "bash, zsh or fish.")
  var shell: Shell

  func run() async throws {
    let script =
      switch shell {
      case .bash: RootCommand.completionScript(for: .bash)
      case .zsh: RootCommand.completionScript(for: .zsh)
      case .fish: RootCommand.completionScript(for: .fish)
      }
    Console.current.line(script)
  }
}
