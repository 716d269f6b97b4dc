/// The reference of all settings, made from the table: `swiftclaw config document > Docs/configuration.md`.
enum ConfigurationPage {
  static var markdown: String {
    let head = """
      # Configuration

      Written by `swiftclaw config document`; change the table in `Sources/ClawCommands/Configuration`, not this page.

      A value comes from the first of these that says one: a flag, an environment variable, `config.json` in the data \
      directory, what is built in. `swiftclaw config show` says what is in force and where it came from, \
      `swiftclaw config check` what is wrong. In `config.json` the dots are nested objects: \
      `{"gateway": {"port": 18790}}`. Durations are written like `500ms`, `30s`, `5m`, `24h`, or as a number of \
      seconds. Secrets come from the environment alone. A change counts after a restart, unless it is marked live: \
      those are taken up on SIGHUP.

      | Variable | What for |
      |---|---|
      | `SWIFTCLAW_HOME` | the data directory; `~/.swiftclaw` without it |
      | `SWIFTCLAW_CONFIG` | another configuration file than `config.json` in the data directory |
      | `SWIFTCLAW_URL` | the gateway that `swiftclaw chat` talks to |

      | Setting | Default | Takes | Variable | What for |
      |---|---|---|---|---|
      """
    return head + "\n" + Settings.all.map(row).joined(separator: "\n") + "\n"
  }

  private static func row(_ setting: AnySetting) -> String {
    let standard = setting.standard.stringValue ?? setting.standard.serializedString()
    let cells = [
      setting.isSecret ? "`\(setting.path)` (variable only)" : "`\(setting.path)`",
      standard.isEmpty ? "–" : "`\(standard)`", setting.expectation,
      setting.variables.map { "`\($0)`" }.joined(separator: ", "),
      setting.summary + (setting.isLive ? " Live." : ""),
    ]
    return "| " + cells.joined(separator: " | ") + " |"
  }
}
