import ArgumentParser
import ClawCore
import ClawJSON
import ClawStore

extension DatabaseCommand {
  /// `swiftclaw db copy`.
  struct Copy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Moves the SQLite installation into an empty PostgreSQL database.",
      discussion: """
        Stop the gateway first. All tables are copied in one transaction and compared, row by row, before it is \
        kept; a database that holds anything is refused. Without --to the connection string is that of \
        SWIFTCLAW_POSTGRES_DSN, which other users of the machine can't read as they can an argument.

        Example:
          swiftclaw db copy --to postgresql://claw@db.example/claw
        """)

    @Option(help: ArgumentHelp("Connection string of the database.", valueName: "dsn"))
    var to: String?

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup var place: DataDirectoryOptions

    func run() async throws {
      var loaded = try await place.load()
      if let to { loaded.values.set(Settings.postgresDSN, to: to) }
      let configuration = try loaded.store
      guard let postgres = configuration.postgres else {
        throw CommandFailure(.usage, "name the database with --to or SWIFTCLAW_POSTGRES_DSN")
      }
      let path = configuration.path
      guard try await Blocking.run({ try PrivateFile.status(of: path) }) != nil else {
        throw CommandFailure(.usage, "\(path) does not exist: there is nothing to copy")
      }
      let tables = try await Progress.during("copying") {
        // Holds the lock, so that no gateway writes meanwhile, and migrates the schema.
        let source = try await Store.openSQLite(configuration.sqlite)
        do {
          let target = try await Store.openPostgres(postgres)
          do {
            let tables = try await InstallationCopy(of: path, role: postgres.role).run(into: target)
            await target.close()
            await source.close()
            return tables
          } catch {
            await target.close()
            throw error
          }
        } catch {
          await source.close()
          throw error
        }
      }
      report(tables)
    }

    private func report(_ tables: [InstallationCopy.Table]) {
      let console = Console.current
      guard !json else {
        let entries = tables.map { table -> JSONValue in
          ["name": .string(table.name), "rows": .integer(Int64(table.rows))]
        }
        return console.line(JSONValue.object(["tables": .array(entries)]).serializedString())
      }
      var text = TextTable("TABLE", "ROWS")
      for table in tables where table.rows > 0 { text.add(table.name, "\(table.rows)") }
      text.write(to: console)
      console.note(
        """
        copied and compared. For PostgreSQL give every node SWIFTCLAW_POSTGRES_DSN, SWIFTCLAW_GATEWAY_TOKEN (what \
        'swiftclaw token show' writes) and SWIFTCLAW_ENCRYPTION_KEY (what the file encryption.key of the data folder \
        holds), and the folders workspaces, media and skills
        """)
    }
  }
}
