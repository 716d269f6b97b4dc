import ArgumentParser
import ClawCore
import ClawJSON

/// `swiftclaw config`.
struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Checks and explains the configuration.",
    discussion: """
      Values come from flags, then SWIFTCLAW_* variables, then secrets.env, then config.json, then, for keys of \
      providers, the sealed secrets, then what is built in.

      Example:
        swiftclaw config check
      """,
    subcommands: [Check.self, Show.self, Path.self, Document.self])

  /// `swiftclaw config check`.
  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Checks the configuration for errors.",
      discussion: """
        Example:
          swiftclaw config check --config ./config.json
        """)

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup var place: DataDirectoryOptions

    func run() async throws {
      let loaded = try await place.load().withSealedKeys()
      let console = Console.current
      let problems = loaded.problems + loaded.startProblems
      if json {
        console.line(Self.report(loaded, problems).serializedString())
        guard problems.isEmpty else { throw CommandFailure(.configuration, "") }
        return
      }
      for note in loaded.notes { console.note("\(console.errorStyles.yellow("note")): \(note)") }
      guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
      let file = loaded.fileExists ? loaded.file : "no file \(loaded.file), which is fine"
      console.line("\(console.styles.green("ok")): \(file); \(loaded.values.entries.count) values are set")
    }

    private static func report(_ loaded: LoadedConfiguration, _ problems: [ConfigurationProblem]) -> JSONValue {
      func list(_ problems: [ConfigurationProblem]) -> JSONValue {
        .array(problems.map { ["place": .string($0.place), "message": .string($0.message)] })
      }
      return [
        "ok": .bool(problems.isEmpty), "file": .string(loaded.file), "fileExists": .bool(loaded.fileExists),
        "problems": list(problems), "notes": list(loaded.notes),
      ]
    }
  }

  /// `swiftclaw config show`.
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows the effective configuration and the source of each value; secrets are masked.",
      discussion: """
        Example:
          swiftclaw config show gateway
        """)

    @OptionGroup var place: DataDirectoryOptions

    @Flag(help: "Write JSON.")
    var json = false

    @Flag(help: "Also say what each setting is for, and its variables.")
    var explain = false

    @Argument(help: "Only settings whose path begins like this.")
    var section: String?

    func run() async throws {
      let loaded = try await place.load().withSealedKeys()
      Console.current.noteUnknownKeys(of: loaded)
      let lines = try loaded.checked().values.lines.filter { section.map($0.path.hasPrefix) ?? true }
      guard !lines.isEmpty else {
        let nearest = NearestName.nearest(to: section ?? "", among: Settings.all.map(\.path))
        throw CommandFailure(
          .usage, "no setting begins with \"\(section ?? "")\"" + (nearest.map { "; did you mean \($0)?" } ?? ""))
      }
      if json { writeJSON(lines) } else { write(lines) }
    }

    private func write(_ lines: [ConfigurationValues.Line]) {
      let console = Console.current
      let width = lines.map(\.path.count).max() ?? 0
      for line in lines {
        let value = line.value == "" ? "—" : line.value.stringValue ?? line.value.serializedString()
        let path = line.path + String(repeating: " ", count: width - line.path.count)
        console.line("\(path)  \(value)  \(console.styles.dim("(\(line.source.text))"))")
        guard explain else { continue }
        let live = line.setting.isLive ? "; taken up on SIGHUP" : ""
        console.line(console.styles.dim("    \(line.setting.summary)"))
        console.line(console.styles.dim("    \(line.setting.variables.joined(separator: ", "))\(live)"))
      }
    }

    private func writeJSON(_ lines: [ConfigurationValues.Line]) {
      let values = lines.map { line -> (String, JSONValue) in
        var entry: JSONValue = ["value": line.value, "source": .string(line.source.text)]
        if explain {
          entry["summary"] = .string(line.setting.summary)
          entry["variables"] = .array(line.setting.variables.map { .string($0) })
        }
        return (line.path, entry)
      }
      Console.current.line(JSONValue.object(JSONObject(values)).serializedString())
    }
  }

  /// `swiftclaw config path`.
  struct Path: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the path of config.json.",
      discussion: """
        Example:
          $EDITOR "$(swiftclaw config path)"
        """)

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup var place: DataDirectoryOptions

    func run() async throws {
      let loaded = try await place.load()
      let answer: JSONValue = ["file": .string(loaded.file), "exists": .bool(loaded.fileExists)]
      Console.current.line(json ? answer.serializedString() : loaded.file)
    }
  }

  /// `swiftclaw config document`.
  struct Document: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes the reference of all settings as Markdown.",
      discussion: """
        Example:
          swiftclaw config document > configuration.md
        """)

    @Flag(help: "Write JSON.")
    var json = false

    func run() async throws {
      let console = Console.current
      if json {
        console.line(ConfigurationPage.json.serializedString())
      } else {
        console.part(ConfigurationPage.markdown)
      }
    }
  }
}
