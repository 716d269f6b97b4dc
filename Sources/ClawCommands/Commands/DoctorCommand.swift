import ArgumentParser
import ClawCore
import ClawJSON

/// `swiftclaw doctor`.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Diagnoses problems and suggests fixes.",
    discussion: """
      Looks at the configuration, files and their permissions, the database, the disk, the clock, sandbox programs, \
      the gateway and its port, and tries each provider's key with one real call. Changes nothing. Ends with 0 if \
      nothing has to be mended, else with the status of the first thing that has to be.

      Example:
        swiftclaw doctor
      """)

  @Flag(help: "Don't call the providers.")
  var offline = false

  @Flag(help: "Write JSON.")
  var json = false

  @OptionGroup var place: DataDirectoryOptions

  func run() async throws {
    let loaded = try await place.load().withSealedKeys()
    let console = Console.current
    let searchPath = console.environment["PATH"] ?? ""
    var findings = try await Blocking.run { Doctor(loaded: loaded, searchPath: searchPath).look() }
    if !json { for finding in findings { Self.show(finding, console) } }
    let rest = await Progress.during("asking the gateway and the providers") { await probe(loaded) }
    findings += rest
    if json {
      console.line(Self.report(findings).serializedString())
    } else {
      for finding in rest { Self.show(finding, console) }
    }
    for case .bad(let status) in findings.map(\.verdict) { throw CommandFailure(status, "") }
  }

  /// The checks that use the network.
  private func probe(_ loaded: LoadedConfiguration) async -> [DoctorFinding] {
    async let keys = offline ? [] : (try? loaded.values.models).map { ProviderProbe(configuration: $0) }?.look() ?? []
    let token = try? await Blocking.run {
      try GatewayTokenStore(loaded.dataDirectory).find(given: loaded.values[Settings.gatewayToken])
    }
    async let database = (try? loaded.store).map { DatabaseProbe($0) }?.look() ?? []
    async let gateway = GatewayProbe(values: loaded.values, token: token?.value).look()
    return await [Doctor(loaded: loaded).zones()] + database + keys + gateway
  }

  private static func report(_ findings: [DoctorFinding]) -> JSONValue {
    let entries = findings.map { finding -> JSONValue in
      var entry: JSONValue = ["subject": .string(finding.subject), "text": .string(finding.text)]
      switch finding.verdict {
      case .good: entry["verdict"] = "ok"
      case .remark: entry["verdict"] = "note"
      case .bad(let status):
        entry["verdict"] = "bad"
        entry["status"] = .integer(Int64(status.rawValue))
      }
      entry["remedy"] = finding.remedy.map { .string($0) }
      return entry
    }
    return ["ok": .bool(!entries.contains { $0["verdict"] == "bad" }), "findings": .array(entries)]
  }

  private static func show(_ finding: DoctorFinding, _ console: Console) {
    let mark =
      switch finding.verdict {
      case .good: console.styles.green("ok  ")
      case .remark: console.styles.yellow("note")
      case .bad: console.styles.red("bad ")
      }
    let subject = finding.subject + String(repeating: " ", count: max(0, 15 - finding.subject.count))
    console.line("\(mark) \(subject)\(TerminalText.plain(finding.text))")
    if let remedy = finding.remedy { console.line("       \(console.styles.dim("→ " + remedy))") }
  }
}
