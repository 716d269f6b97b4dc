import ClawCore
import Logging

/// The startup message: address, token, model, and the next command.
struct ServeAnnouncement: Sendable {
  let configuration: GatewayConfiguration
  let model: ModelReference

  func make(port: Int, log: LogSettings, logger: Logger) {
    let host = LoopbackAddress.reachable(configuration.values[Settings.host])
    let address = "http://\(host):\(port)"
    if case .json = log.style {
      return logger.notice("listening", metadata: metadata(address: address, port: port))
    }
    for line in lines(address: address, port: port, styles: Console.current.errorStyles) { Console.current.note(line) }
  }

  private func metadata(address: String, port: Int) -> Logger.Metadata {
    var metadata: Logger.Metadata = [
      "address": "\(address)", "version": "\(SwiftClawVersion.current)", "model": "\(model)",
      "data": "\(configuration.dataDirectory.path)", "next": "\(nextCommand(port: port))",
    ]
    switch configuration.token.origin {
    case .environment: metadata["token_from"] = "SWIFTCLAW_GATEWAY_TOKEN"
    case .file(let path): metadata["token_from"] = "\(path)"
    case .newFile(let path):
      metadata["token_from"] = "\(path)"
      metadata["token_hint"] = "new; see it with: \(ProcessEnvironment.programName) token show"
    }
    if model.provider == "demo" { metadata["hint"] = "for a real model set a key, such as SWIFTCLAW_OPENAI_API_KEY" }
    return metadata
  }

  func lines(address: String, port: Int, styles: Styles) -> [String] {
    var lines = ["", styles.bold("SwiftClaw \(SwiftClawVersion.current)") + " listens on " + styles.bold(address), ""]
    func row(_ name: String, _ text: String) { lines.append("  \(styles.dim(name))\(text)") }
    switch configuration.token.origin {
    case .environment: row("token   ", "from SWIFTCLAW_GATEWAY_TOKEN")
    case .file(let path): row("token   ", "in \(path)")
    // Output that is not a terminal is a log that others may read.
    case .newFile(let path) where Console.current.isErrorTerminal:
      row("token   ", styles.bold(configuration.token.value))
      row("        ", "new, shown this once, kept in \(path)")
    case .newFile(let path):
      row("token   ", "new, kept in \(path)")
      row("        ", "see it with: \(ProcessEnvironment.programName) token show")
    }
    row("model   ", "\(model)")
    if model.provider == "demo" {
      row("        ", "a built-in stand-in. For a real one set a key and start again, for example:")
      row("        ", "export SWIFTCLAW_ANTHROPIC_API_KEY=…   (or _OPENAI_, _OPENROUTER_, _GEMINI_ …)")
    }
    row("data    ", configuration.dataDirectory.path)
    lines += ["", "  Next, in another terminal:  " + styles.bold(nextCommand(port: port)), ""]
    return lines
  }

  /// The next command. Flags have to be repeated; environment variables may not be set in the other terminal, so
  /// everything is spelled out.
  private func nextCommand(port: Int) -> String {
    var words = [ProcessEnvironment.programName, "chat"]
    if isDataDirectoryNamed { words += ["--data-dir", configuration.dataDirectory.path] }
    if port != Settings.port.standard {
      let host = LoopbackAddress.reachable(configuration.values[Settings.host])
      words += ["--url", "ws://\(host):\(port)/ws"]
    }
    return words.joined(separator: " ")
  }

  private var isDataDirectoryNamed: Bool {
    let environment = Console.current.environment
    let usual = try? DataDirectory(named: nil, userHome: environment["HOME"], workingDirectory: "/")
    return usual?.path != configuration.dataDirectory.path
  }
}
