import ClawCommands

@main
struct SwiftClaw {
  static func main() async {
    // Before the first wait, which has the runtime begin threads and open descriptors.
    RootCommand.prepareProcess()
    await RootCommand.start()
  }
}
