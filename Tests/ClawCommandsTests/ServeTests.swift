import ClawCore
import ClawJSON
import Logging
import Synchronization
import Testing

@testable import ClawCommands

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Serve")
struct ServeTests {
  private func configuration(
    _ folder: TemporaryFolder, origin: StoredToken.Origin
  ) -> GatewayConfiguration {
    GatewayConfiguration(dataDirectory: folder.directory, token: StoredToken("planted-secret-1", origin: origin))
  }

  private func announced(
    _ folder: TemporaryFolder, _ origin: StoredToken.Origin, model: ModelReference, port: Int = 18_790,
    isTerminal: Bool = true
  ) -> String {
    let announcement = ServeAnnouncement(configuration: configuration(folder, origin: origin), model: model)
    let console = WrittenText().console(["HOME": folder.path + "/nowhere"], isTerminal: isTerminal)
    return Console.$current.withValue(console) {
      announcement.lines(address: "http://127.0.0.1:\(port)", port: port, styles: Styles(isOn: false))
        .joined(separator: "\n")
    }
  }

  @Test("The start says where, with what token, which model, and what to type next")
  func announcement() throws {
    let folder = try TemporaryFolder()
    let text = announced(
      folder, .file("/x/gateway.token"), model: ModelReference(provider: "openai", model: "gpt-4o"), port: 4711)
    #expect(text.contains("http://127.0.0.1:4711"))
    #expect(text.contains("in /x/gateway.token"))
    #expect(text.contains("openai/gpt-4o"))
    #expect(text.contains("chat --data-dir \(folder.path) --url ws://127.0.0.1:4711/ws"))
    #expect(!text.contains("API_KEY"))
  }

  @Test("Without a provider the start says how to set a key")
  func demo() throws {
    let text = announced(
      try TemporaryFolder(), .environment, model: ModelReference(provider: "demo", model: "demo"))
    #expect(text.contains("SWIFTCLAW_ANTHROPIC_API_KEY"))
    #expect(!text.contains("--url"))
  }

  @Test("S34: The token is shown on a terminal when it is new, and never again; what is no terminal may be a log")
  func tokenOnce() throws {
    let folder = try TemporaryFolder()
    let model = ModelReference(provider: "demo", model: "demo")
    #expect(announced(folder, .newFile("/x"), model: model).contains("planted-secret-1"))
    let elsewhere = announced(folder, .newFile("/x"), model: model, isTerminal: false)
    #expect(!elsewhere.contains("planted") && elsewhere.contains("kept in /x") && elsewhere.contains("token show"))
    #expect(!announced(folder, .file("/x"), model: model).contains("planted"))
    #expect(!announced(folder, .environment, model: model).contains("planted"))
  }

  @Test("S34: In JSON the log holds the address and where the token is, and the token is nowhere")
  func json() throws {
    let folder = try TemporaryFolder()
    let output = KeptLines()
    let written = WrittenText()
    let configuration = configuration(folder, origin: .newFile("/x"))
    let log = LogSettings(level: .info, style: .json, secrets: configuration.secrets, output: output)
    Console.$current.withValue(written.console()) {
      ServeAnnouncement(configuration: configuration, model: ModelReference(provider: "demo", model: "demo"))
        .make(port: 1, log: log, logger: log.logger("x"))
    }
    let line = try JSONValue(parsing: try #require(output.lines.first))
    #expect(line["fields"]?["address"] == "http://127.0.0.1:1")
    #expect(!output.lines.joined().contains("planted"))
    #expect(line["fields"]?["token_from"] == "/x" && line["fields"]?["token_hint"] != nil)
    #expect(written.errors.isEmpty && written.output.isEmpty)
  }

  @Test("Reading the configuration again takes up what is live and names what waits for a restart")
  func reload() async throws {
    let folder = try TemporaryFolder()
    let loader = ConfigurationLoader(
      environment: ["HOME": folder.path, "SWIFTCLAW_HOME": folder.path], workingDirectory: folder.path)
    let output = KeptLines()
    let log = LogSettings(level: .info, style: .json, output: output)
    let reload = ConfigurationReload(
      loader: loader, started: try loader.load().values, log: log, logger: log.logger("x"))
    try folder.write(#"{"log": {"level": "debug"}, "lanes": {"main": 3}}"#, to: "config.json")
    await reload.reload()
    #expect(log.level == .debug)
    #expect(output.lines.contains { $0.contains("lanes.main") && !$0.contains("gateway.port") })
    try folder.write(#"{"log": {"level": "loud"}}"#, to: "config.json")
    await reload.reload()
    #expect(log.level == .debug)
    #expect(output.lines.last?.contains("not taken up") == true)
  }

  @Test("Only settings that a running gateway takes up are called live")
  func live() {
    #expect(Settings.all.filter(\.isLive).map(\.path) == ["log.level"])
  }

  @Test("What is waited for while stopping is said, with what stops at once")
  func waiting() {
    #expect(
      GatewayStop.waiting(for: 1, atMost: .seconds(30))
        == "waiting for 1 run, at most 30s; Ctrl-C again stops at once")
    #expect(GatewayStop.waiting(for: 2, atMost: .seconds(90))?.hasPrefix("waiting for 2 runs, at most 90s") == true)
    #expect(GatewayStop.waiting(for: 0, atMost: .seconds(30)) == nil)
    #expect(GatewayStop.waiting(for: 2, atMost: .zero) == nil)
  }

  @Test(
    "A limit of the address space that a gateway can't live with is named before anything is begun",
    arguments: [
      (["serve"], UInt64(1) << 29, true), (["serve"], 1 << 30, false), (["status"], 1 << 28, true),
      (["status"], 1 << 29, false), (["version"], 1 << 26, false), (["chat", "--help"], 1 << 26, false),
    ])
  func memory(arguments: [String], limit: UInt64, isRefused: Bool) {
    let problem = MemoryLimit.problem(of: arguments, limit: limit)
    #expect((problem != nil) == isRefused)
    #expect(problem?.contains("\(limit >> 20) MiB") ?? true)
    #expect(MemoryLimit.problem(of: arguments, limit: nil) == nil)
  }

  @Test(
    "Connections get what the limit of open files leaves",
    arguments: [
      (0, 1024, 896), (0, 200, 100), (0, 64, 32), (500, 1024, 500), (5000, 1024, 896), (0, Int.max, 1_000_000),
    ])
  func openFiles(wanted: Int, limit: Int, connections: Int) {
    #expect(OpenFileLimit.connections(wanted: wanted, limit: limit) == connections)
  }

  @Test(
    "Trouble of the machine ends with 69, what somebody has set with 78",
    arguments: [
      (ENOSPC, CommandStatus.unavailable), (EROFS, .unavailable), (EIO, .unavailable), (EACCES, .configuration),
    ])
  func fileErrors(number: Int32, status: CommandStatus) {
    let error = FileError("write", "/x/gateway.token", number: number)
    #expect(CommandFailure(explaining: error)?.status == status)
    #expect(CommandFailure(explaining: GatewayTokenError(description: "\(error)", cause: error))?.status == status)
    #expect(CommandFailure(explaining: GatewayTokenError(description: "too short"))?.status == .configuration)
  }

  @Test("A file that is put in its place is there after a power cut: its folder is written to the disk too")
  func folderSync() throws {
    let folder = try TemporaryFolder()
    let synced = Mutex<[String]>([])
    try PrivateFile.$onFolderSync.withValue({ path in synced.withLock { $0.append(path) } }) {
      try PrivateFile.write([1], to: folder.path + "/new", .new)
      try PrivateFile.write([2], to: folder.path + "/new", .replacing)
    }
    #expect(synced.withLock { $0 } == [folder.path, folder.path])
  }

  @Test("A store in use and an address in use end with 69 and say what to do")
  func inUse() {
    let values = ConfigurationValues()
    let store = ServeCommand.explained(ClawError(.failedPrecondition, "another gateway is running"), values)
    #expect((store as? CommandFailure)?.status == .unavailable)
  }
}
