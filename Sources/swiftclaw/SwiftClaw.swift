import ClawCommands

@main
struct SwiftClaw {
  static func main() async {
    // Before the first suspension, after which the runtime starts threads and opens descriptors.
    RootCommand.prepareProcess()
    await RootCommand.start()
  }
}
