import ClawCommands

@main
struct SwiftClaw {
  static func main() async { await RootCommand.start() }
}
