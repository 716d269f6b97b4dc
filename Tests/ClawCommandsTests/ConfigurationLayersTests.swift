import ClawJSON
import Testing

@testable import ClawCommands

@Suite("Configuration layers")
struct ConfigurationLayersTests {
  @Test(
    "A layer outweighs the ones below it",
    arguments: [
      (file: false, variable: false, flag: false, expected: 18_790, source: "default"),
      (true, false, false, 1001, "file"), (true, true, false, 1002, "SWIFTCLAW_PORT"),
      (false, true, false, 1002, "SWIFTCLAW_PORT"), (true, true, true, 1003, "--port"),
      (true, false, true, 1003, "--port"), (false, false, true, 1003, "--port"),
    ])
  func layers(file: Bool, variable: Bool, flag: Bool, expected: Int, source: String) throws {
    let loaded = try load(
      file ? #"{"gateway": {"port": 1001}}"# : nil, environment: variable ? ["SWIFTCLAW_PORT": "1002"] : [:],
      flags: flag ? [("--port", "1003")] : [])
    #expect(loaded.problems.isEmpty)
    #expect(loaded.values[Settings.port] == expected)
    #expect(loaded.values.source(of: Settings.port).text == (source == "file" ? loaded.file : source))
  }

  @Test("A short variable outweighs the long one, and an empty one is none")
  func variables() throws {
    let both = try load(environment: ["SWIFTCLAW_HOST": "::1", "SWIFTCLAW_GATEWAY_HOST": "127.0.0.2"])
    #expect(both.values[Settings.host] == "::1")
    let long = try load(environment: ["SWIFTCLAW_HOST": "", "SWIFTCLAW_GATEWAY_HOST": "127.0.0.2"])
    #expect(long.values[Settings.host] == "127.0.0.2")
  }

  @Test("Every setting has a variable of its own, and takes its default from it")
  func everyVariable() throws {
    var seen: Set<String> = []
    for setting in Settings.all {
      for variable in setting.variables { #expect(seen.insert(variable).inserted, "\(variable) is used twice") }
      #expect(setting.read(setting.standard) != nil, "\(setting.path): the default is not of its kind")
      #expect(!setting.summary.isEmpty)
    }
    #expect(seen.isSuperset(of: ["SWIFTCLAW_GATEWAY_DRAIN_TIMEOUT", "SWIFTCLAW_LOG_LEVEL", "SWIFTCLAW_PROVIDER"]))
    #expect(seen.isSuperset(of: ["SWIFTCLAW_OPENAI_API_KEY", "SWIFTCLAW_OLLAMA_BASE_URL", "SWIFTCLAW_GATEWAY_TOKEN"]))
    #expect(Set(Settings.all.map(\.path)).count == Settings.all.count)
  }

  @Test("Every kind of value is read from a file and from a variable alike")
  func kinds() throws {
    let file = try load(
      """
      {"gateway": {"allowed_origins": ["https://a.example", "https://b.example"], "drain_timeout": 2.5,
       "rate_limit_rpm": 60}, "log": {"level": "debug"}, "events": {"retention": "48h"}}
      """)
    let environment = try load(environment: [
      "SWIFTCLAW_GATEWAY_ALLOWED_ORIGINS": "https://a.example, https://b.example",
      "SWIFTCLAW_GATEWAY_DRAIN_TIMEOUT": "2500ms", "SWIFTCLAW_GATEWAY_RATE_LIMIT_RPM": "60",
      "SWIFTCLAW_LOG_LEVEL": "debug", "SWIFTCLAW_EVENTS_RETENTION": "172800",
    ])
    for loaded in [file, environment] {
      #expect(loaded.problems.isEmpty)
      #expect(loaded.values[Settings.allowedOrigins] == ["https://a.example", "https://b.example"])
      #expect(loaded.values[Settings.drainTimeout] == .milliseconds(2500))
      #expect(loaded.values[Settings.rateLimitPerMinute] == 60)
      #expect(loaded.values[Settings.logLevel] == "debug")
      #expect(loaded.values[Settings.eventRetention] == .seconds(172_800))
    }
  }

  @Test("The data directory comes from the flag, the variable, or the home folder")
  func dataDirectory() throws {
    func path(_ flag: String?, _ variable: String?) throws -> String {
      try ConfigurationLoader(
        environment: variable.map { ["SWIFTCLAW_HOME": $0, "HOME": "/home/me"] } ?? ["HOME": "/home/me"],
        workingDirectory: "/somewhere", dataDirectory: flag
      ).load().dataDirectory.path
    }
    #expect(try path(nil, nil) == "/home/me/.swiftclaw")
    #expect(try path(nil, "/var/claw/") == "/var/claw")
    #expect(try path("~/claw", "/var/claw") == "/home/me/claw")
    #expect(try path("./a/../b", nil) == "/somewhere/b")
  }

  @Test("Paths of settings are relative to the data directory")
  func paths() {
    #expect(DataDirectory("/data").resolve("swiftclaw.db") == "/data/swiftclaw.db")
    #expect(DataDirectory("/data").resolve("/elsewhere/x.db") == "/elsewhere/x.db")
  }

  @Test("A gateway without a home folder and without a data directory says what to do")
  func noHome() {
    let loader = ConfigurationLoader(environment: [:], workingDirectory: "/")
    let error = #expect(throws: ConfigurationError.self) { try loader.load() }
    #expect(error?.description.contains("SWIFTCLAW_HOME") == true)
  }
}
