import ClawJSON
import Testing

@testable import ClawCommands

@Suite("The file of secrets")
struct SecretsFileTests {
  private func load(_ folder: TemporaryFolder, _ environment: [String: String] = [:]) throws -> LoadedConfiguration {
    try ConfigurationLoader(
      environment: environment.merging(["HOME": folder.path, "SWIFTCLAW_HOME": folder.path]) { $1 },
      workingDirectory: folder.path
    ).load()
  }

  @Test("Its values count over config.json and under the environment")
  func layer() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      # mine
      SWIFTCLAW_OPENAI_API_KEY=from-the-file-1

      export SWIFTCLAW_GROQ_API_KEY="from-the-file-2"
      SWIFTCLAW_PROVIDERS_MISTRAL_API_KEY='from=the=file=3'
      """, to: "secrets.env")
    let loaded = try load(folder, ["SWIFTCLAW_GROQ_API_KEY": "from-the-environment"]).checked()
    #expect(loaded.values[Settings.apiKey(of: "openai")] == "from-the-file-1")
    #expect(loaded.values.source(of: Settings.apiKey(of: "openai")).text == folder.path + "/secrets.env")
    #expect(loaded.values[Settings.apiKey(of: "groq")] == "from-the-environment")
    #expect(loaded.values[Settings.apiKey(of: "mistral")] == "from=the=file=3")
    #expect(loaded.values.secrets.contains("from-the-file-1"))
  }

  @Test("Lines that end as Windows ends them are read, behind a remark and before one")
  func carriageReturns() throws {
    for text in ["# mine\r\nSWIFTCLAW_OPENAI_API_KEY=key-1\r\n", "SWIFTCLAW_OPENAI_API_KEY=\"key-1\"\r\n# mine\r\n"] {
      let folder = try TemporaryFolder()
      try folder.write(text, to: "secrets.env")
      let loaded = try load(folder).checked()
      #expect(loaded.values[Settings.apiKey(of: "openai")] == "key-1")
      try SecretsFile(path: folder.directory.secretsFile).set([("SWIFTCLAW_OPENAI_API_KEY", "key-2")])
      #expect(try load(folder).checked().values[Settings.apiKey(of: "openai")] == "key-2")
    }
  }

  @Test("A file that others can read is refused, and nothing of it counts", arguments: [0o604, 0o640, 0o666])
  func openToOthers(mode: Int) throws {
    let folder = try TemporaryFolder()
    try folder.write("SWIFTCLAW_OPENAI_API_KEY=planted-secret-1", to: "secrets.env", mode: mode)
    let loaded = try load(folder)
    #expect(loaded.values[Settings.apiKey(of: "openai")].isEmpty)
    #expect(loaded.problems.count == 1)
    #expect(loaded.problems.first?.description.contains("chmod 600 \(folder.path)/secrets.env") == true)
    #expect(throws: CommandFailure.self) {
      try SecretsFile(path: folder.directory.secretsFile).set([("SWIFTCLAW_OPENAI_API_KEY", "x")])
    }
  }

  @Test("S34: What is wrong in it is told with the line's number and without its content")
  func wrong() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "planted-secret-1\nSWIFTCLAW_OPENAI_API_KEI=planted-secret-2\nSWIFTCLAW_PORT=1\n", to: "secrets.env")
    let problems = try load(folder).problems.map(\.description)
    #expect(problems.count == 3)
    #expect(problems[0].contains("line 1"))
    #expect(problems[1].contains("did you mean SWIFTCLAW_OPENAI_API_KEY?"))
    #expect(problems[2].contains("gateway.port is no secret"))
    for problem in problems { #expect(!problem.contains("planted")) }
  }

  @Test("S33: config show, check and doctor never show what is in it")
  func shown() async throws {
    let folder = try TemporaryFolder()
    try folder.write("SWIFTCLAW_OPENAI_API_KEY=planted-secret-1\n", to: "secrets.env")
    for arguments in [
      ["config", "show"], ["config", "show", "--json", "--explain"], ["config", "check"],
      ["config", "check", "--json"],
      ["doctor", "--offline", "--json"],
    ] {
      let result = await command(
        arguments, environment: ["HOME": folder.path, "SWIFTCLAW_HOME": folder.path, "SWIFTCLAW_PORT": "1"])
      #expect(!result.output.contains("planted") && !result.errors.contains("planted"))
      #expect(!result.output.isEmpty)
    }
    let line = await command(
      ["config", "show", "providers.openai.api_key"],
      environment: ["HOME": folder.path, "SWIFTCLAW_HOME": folder.path])
    #expect(line.output.contains("***") && line.output.contains("secrets.env"))
  }

  @Test("Setting a value makes the file with mode 0600, replaces its line and leaves the others")
  func set() throws {
    let folder = try TemporaryFolder()
    let file = SecretsFile(path: folder.directory.secretsFile)
    try file.set([("SWIFTCLAW_OPENAI_API_KEY", "one")])
    #expect(try folder.mode(of: "secrets.env") == 0o600)
    try file.set([("SWIFTCLAW_GROQ_API_KEY", "two")])
    try file.set([("SWIFTCLAW_OPENAI_API_KEY", "\"three")])
    let loaded = try load(folder).checked()
    #expect(loaded.values[Settings.apiKey(of: "openai")] == "\"three")
    #expect(loaded.values[Settings.apiKey(of: "groq")] == "two")
    #expect(throws: CommandFailure.self) { try file.set([("SWIFTCLAW_OPENAI_API_KEY", "a\nSWIFTCLAW_X=b")]) }
    #expect(try folder.mode(of: "secrets.env") == 0o600)
  }
}
