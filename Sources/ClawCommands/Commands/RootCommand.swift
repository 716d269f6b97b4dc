import ArgumentParser
import ClawJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `swiftclaw`.
public struct RootCommand: AsyncParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: "swiftclaw",
    abstract: "A gateway between people, programs and language models.",
    discussion: """
      Set a model up with 'swiftclaw onboard', start the gateway with 'swiftclaw serve', then talk to it with \
      'swiftclaw chat' in another terminal.

      Exit status:
      \(CommandStatus.allCases.map { "  \($0.rawValue)\t\($0.meaning)" }.joined(separator: "\n"))
      """,
    version: VersionCommand.text,
    subcommands: [
      ServeCommand.self, ChatCommand.self, OnboardCommand.self, StatusCommand.self, AgentsCommand.self,
      SessionsCommand.self, ModelsCommand.self, CronCommand.self, SkillsCommand.self, LogsCommand.self,
      PairingCommand.self, KeysCommand.self, TenantsCommand.self, SecretsCommand.self, DatabaseCommand.self,
      DoctorCommand.self,
      TokenCommand.self,
      ConfigCommand.self,
      CompletionsCommand.self,
      VersionCommand.self,
    ])

  public init() {}

  /// Setup that requires a single thread and no open files. Exits if the address space limit is too low for threads,
  /// whose creation would otherwise crash the process without a message.
  public static func prepareProcess() {
    StandardStreams.openMissing()
    if let problem = MemoryLimit.problem(of: ProcessArguments.own()) {
      endProcess(report(CommandFailure(.unavailable, problem)))
    }
  }

  /// Runs the command line and exits with its status.
  public static func start() async -> Never {
    endProcess(await status(of: ProcessArguments.own()))
  }

  /// Runs a command line.
  /// - Parameter arguments: Without the program's name.
  static func status(of arguments: [String]) async -> CommandStatus {
    do {
      var command = try parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return .success
    } catch {
      return report(error)
    }
  }

  private static func report(_ error: any Error) -> CommandStatus {
    let console = Console.current
    if let failure = CommandFailure(explaining: error) {
      for line in failure.message.split(at: "\n") {
        console.note(console.errorStyles.red("swiftclaw: ") + line)
      }
      return failure.status
    }
    let code = exitCode(for: error)
    let message = fullMessage(for: error)
    if code.isSuccess {
      console.line(message)
      return .success
    }
    if code == .validationFailure {
      console.note(message)
      return .usage
    }
    console.note(console.errorStyles.red("swiftclaw: ") + message)
    return CommandStatus(rawValue: code.rawValue).flatMap { $0 == .failure ? nil : $0 } ?? .internalFault
  }
}

// Inside a command `exit` is the parser's method.
private func endProcess(_ status: CommandStatus) -> Never { exit(status.rawValue) }
