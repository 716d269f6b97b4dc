import ClawJSON

/// The reference of all settings, generated from the table: `swiftclaw config document > Docs/configuration.md`.
enum ConfigurationPage {
  static var markdown: String {
    let head = """
      # Configuration

      Written by `swiftclaw config document`; change the table in `Sources/ClawCommands/Configuration`, not this page.

      A value comes from the first of these that sets it: a flag, an environment variable, `secrets.env` and \
      `config.json` in the data directory, the built-in default. `swiftclaw config show` shows the effective values \
      and their sources; `swiftclaw config check` reports errors. In `config.json` the dots are nested objects: \
      `{"gateway": {"port": 18790}}`. Durations are written like `500ms`, `30s`, `5m`, `24h`, or as a number of \
      seconds. Secrets come from the environment or from `secrets.env`, a file of lines `NAME=value` readable only by \
      its owner; `swiftclaw onboard` writes it. Keys of providers may also be sealed in the store, under the name of \
      their setting (`swiftclaw secrets set providers.openai.api_key`); the environment takes precedence over \
      `secrets.env`, which takes precedence over the store. Changes take effect after a restart; settings marked live \
      are reloaded on SIGHUP.

      | Variable | Purpose |
      |---|---|
      | `SWIFTCLAW_HOME` | the data directory; `~/.swiftclaw` without it |
      | `SWIFTCLAW_CONFIG` | another configuration file than `config.json` in the data directory |
      | `SWIFTCLAW_URL` | the gateway that `swiftclaw chat` and the other commands talk to |

      Any number of further providers can be set up under names of your own; the settings of `providers.<name>` apply to \
      the presets as well. A name is made of lower-case letters, digits, `-` and `_`; in a variable it is written in \
      capitals, with `_` for `-`:

      ```json
      {"providers": {"work": {"base_url": "https://llm.example/v1", "models": ["big", "small"]}}}
      ```

      | Setting | Default | Takes | Variable | Purpose |
      |---|---|---|---|---|
      """
    return head + "\n" + (Settings.all + Settings.ownProvider).map(row).joined(separator: "\n") + "\n"
  }

  /// The same as JSON.
  static var json: JSONValue {
    .array(
      (Settings.all + Settings.ownProvider).map { setting in
        [
          "path": .string(setting.path), "default": setting.standard, "takes": .string(setting.expectation),
          "variables": .array(setting.variables.map { .string($0) }), "isSecret": .bool(setting.isSecret),
          "isLive": .bool(setting.isLive), "summary": .string(setting.summary),
        ]
      })
  }

  private static func row(_ setting: AnySetting) -> String {
    let standard = setting.standard.stringValue ?? setting.standard.serializedString()
    let cells = [
      setting.isSecret ? "`\(setting.path)` (variable or `secrets.env`)" : "`\(setting.path)`",
      standard.isEmpty ? "–" : "`\(standard)`", setting.expectation,
      setting.variables.map { "`\($0)`" }.joined(separator: ", "),
      setting.summary + (setting.isLive ? " Live." : ""),
    ]
    return "| " + cells.joined(separator: " | ") + " |"
  }
}
