import Glibc

/// Benchmarks a release binary of the gateway. Called by `Benchmarks/run`, which builds everything.
@main
struct SwiftClawBench {
  static func main() async {
    do {
      try await run(try Arguments(CommandLine.arguments.dropFirst()))
    } catch {
      note("swiftclaw-bench: \(error)")
      exit(1)
    }
  }

  private static func run(_ arguments: Arguments) async throws {
    // A lost peer is detected when writing to it.
    signal(SIGPIPE, SIG_IGN)
    let setting = Setting(
      binary: arguments.binary, stripped: arguments.stripped, older: arguments.older,
      model: try await ModelServer.start(),
      postgres: arguments.postgres.map(BenchServer.init), yardstick: arguments.yardstick,
      fileLimit: ProcessUsage.raiseFileLimit())
    var report = Report(machine: Machine(toolchain: arguments.toolchain))
    let measures =
      arguments.only.isEmpty ? Measure.standard : Measure.all.filter { arguments.only.contains($0.name) }
    for measure in measures {
      note("bench: \(measure.name) …")
      report.add(try await measure.run(setting))
    }
    print(report.machine.summary + "\n")
    print(report.table)
    try TextFile.write(report.json.serializedString() + "\n", to: arguments.result)
    print("\nwritten to \(arguments.result)")
  }

  /// Prints a message to stderr.
  private static func note(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = write(STDERR_FILENO, line, line.count)
  }
}
