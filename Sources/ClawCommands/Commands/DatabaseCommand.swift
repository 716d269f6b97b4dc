import ArgumentParser
import ClawCore
import ClawJSON
import ClawStore

/// `swiftclaw db`.
struct DatabaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "db", abstract: "Manages the database: schema, backups, migration to PostgreSQL.",
    discussion: """
      Works on the database itself, without the gateway: the SQLite file of the data folder, or what \
      SWIFTCLAW_POSTGRES_DSN names.

      Example:
        swiftclaw db status
        swiftclaw db backup before-the-upgrade.db
      """,
    subcommands: [Status.self, Migrate.self, Backup.self, Copy.self])

  /// Opens the configured database while the body runs.
  static func with<Value: Sendable>(
    _ place: DataDirectoryOptions, _ body: (StoreMaintenance, _ name: String) async throws -> Value
  ) async throws -> Value {
    let configuration = try await place.load().store
    let maintenance: StoreMaintenance
    let name: String
    if let postgres = configuration.postgres {
      (maintenance, name) = (try .postgres(postgres), "PostgreSQL")
    } else {
      let path = configuration.path
      guard try await Blocking.run({ try PrivateFile.status(of: path) }) != nil else {
        throw CommandFailure(.usage, "\(path) does not exist yet; the first start makes it: swiftclaw serve")
      }
      (maintenance, name) = (try .sqlite(configuration.sqlite), path)
    }
    do {
      let value = try await body(maintenance, name)
      await maintenance.close()
      return value
    } catch {
      await maintenance.close()
      throw error
    }
  }

  static func json(_ steps: [SchemaState.Step]) -> JSONValue {
    .array(
      steps.map { step in
        var entry: JSONValue = ["version": .integer(Int64(step.version)), "name": .string(step.name)]
        entry["appliedAt"] = step.appliedAt.map { .string($0.rfc3339) }
        return entry
      })
  }
}

extension DatabaseCommand {
  /// `swiftclaw db status`.
  struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says which database it is, how big, and how far its schema is.",
      discussion: """
        Example:
          swiftclaw db status --json
        """)

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup var place: DataDirectoryOptions

    func run() async throws {
      let (state, name) = try await DatabaseCommand.with(place) { database, name in (try await database.schema(), name)
      }
      let console = Console.current
      guard !json else {
        let report: JSONValue = [
          "database": .string(name), "bytes": .integer(state.bytes), "applied": DatabaseCommand.json(state.applied),
          "missing": DatabaseCommand.json(state.missing),
        ]
        return console.line(report.serializedString())
      }
      console.line(TerminalText.plain("\(name), \(state.bytes / 1024) KiB"))
      var table = TextTable("STEP", "NAME", "TAKEN")
      for step in state.applied + state.missing {
        table.add("\(step.version)", step.name, step.appliedAt?.rfc3339 ?? "missing")
      }
      table.write(to: console)
      if !state.missing.isEmpty {
        console.note("the next start of this program takes the missing steps, as does: swiftclaw db migrate")
      }
    }
  }

  /// `swiftclaw db migrate`.
  struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Migrates the schema.",
      discussion: """
        The gateway does it by itself at its start. On PostgreSQL it may be done apart from that, by a user who owns \
        the tables and may make the role that serves.

        Example:
          swiftclaw db migrate --dry-run
        """)

    @Flag(help: "Say which steps would be taken, and change nothing.")
    var dryRun = false

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup var place: DataDirectoryOptions

    func run() async throws {
      let names = try await DatabaseCommand.with(place) { database, _ in
        try await dryRun ? database.schema().missing.map(\.name) : database.migrate(at: TimeSource.system.now)
      }
      let console = Console.current
      guard !json else {
        let report: JSONValue = ["dryRun": .bool(dryRun), "steps": .array(names.map { .string($0) })]
        return console.line(report.serializedString())
      }
      for name in names { console.line((dryRun ? "would take: " : "taken: ") + name) }
      if names.isEmpty { console.line("the schema is up to date") }
    }
  }

  /// `swiftclaw db backup`.
  struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Copies the SQLite file while the gateway works.",
      discussion: """
        The copy holds the state of one moment, is checked, and can be put in the place of the file. Keep the \
        encryption key and secrets.env of the data folder too, elsewhere: without the key no sealed secret can be \
        read. For PostgreSQL it says how its own programs do it.

        Example:
          swiftclaw db backup /backups/swiftclaw.db
        """)

    @Argument(help: "The new file.")
    var file: String

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup var place: DataDirectoryOptions

    func run() async throws {
      let configuration = try await place.load().store
      guard configuration.postgres == nil else {
        throw CommandFailure(
          .usage,
          """
          PostgreSQL is copied by its own programs: pg_dump --format=custom --file=\(file) "$SWIFTCLAW_POSTGRES_DSN"
          pg_restore --dbname=… --no-owner \(file) puts it back, into an empty database; \
          keep SWIFTCLAW_ENCRYPTION_KEY too, elsewhere
          """)
      }
      let (source, copy) = (configuration.path, file)
      let size = try await Progress.during("copying the database") {
        try await Blocking.run {
          guard try PrivateFile.status(of: source) != nil else {
            throw CommandFailure(.usage, "\(source) does not exist yet; the first start makes it: swiftclaw serve")
          }
          return try SQLiteBackup.make(of: source, at: copy)
        }
      }
      let console = Console.current
      guard !json else {
        let report: JSONValue = ["file": .string(file), "bytes": .integer(size)]
        return console.line(report.serializedString())
      }
      console.line(TerminalText.plain("copied \(size / 1024) KiB to \(file)"))
      console.note("keep the encryption key and secrets.env of the data folder too, elsewhere")
    }
  }
}
