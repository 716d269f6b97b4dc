import ClawCore
import ClawJSON
import ClawStore
import Logging

extension RunTools {
  /// Runs the tool of one call, within its timeout.
  func run(_ due: Due) async throws -> Finished.Outcome {
    let call: ToolCall
    do { call = try tools.checked(due.call) } catch { return .error(error.message) }
    guard let tool = tools[call.name] else { return .error("there is no tool \(call.name)") }
    let timeout = tool.spec.limits.timeout ?? timeout
    let context = context(of: due, deadline: time.now + timeout)
    do {
      let outcome = try await work.run(within: timeout, grace: stopTimeout) { try await tool.run(call, in: context) }
      try Task.checkCancellation()
      switch outcome {
      case .finished(.result(let result)): return .result(result, .done)
      case .finished(.pending(let reason, let until)):
        let last = time.now + writer.engine.configuration.maxToolWait
        return .waits(ToolWait(reason: reason, until: min(until, last)))
      case .stopped: return .error("the tool took longer than \(timeout) and was stopped")
      case .abandoned:
        writer.engine.logger.error(
          "tool.abandoned",
          metadata: ["tool": "\(call.name)", "tenant": "\(context.actor.tenant)", "run": "\(context.run)"])
        return .result(.interrupted, .interrupted)
      }
    } catch let error where !(error is CancellationError) {
      return .error("the tool failed: \(ClawError(wrapping: error).message)")
    }
  }

  private func context(of due: Due, deadline: Timestamp) -> ToolContext {
    let (record, engine) = (writer.record, writer.engine)
    let (tenant, call) = (record.address.tenant, due.call.id)
    return ToolContext(
      actor: record.agentPrincipal, agent: record.agent, session: record.address.key, run: record.id,
      workspace: workspace, deadline: deadline, approval: due.approval,
      progress: ToolProgress { line in
        // A tool knows secrets that must not reach the log: only the size of its output is logged.
        engine.logger.debug(
          "tool.progress",
          metadata: [
            "tenant": "\(tenant)", "run": "\(record.id)", "call": "\(call)", "bytes": "\(line.utf8.count)",
          ])
      },
      secrets: engine.secrets.map { secrets in ToolSecrets { try await secrets.value(of: $0, in: tenant) } } ?? .none,
      media: ToolMedia { [media = engine.media, address = record.address] bytes, type in
        try await media.add(bytes, type: type, of: address.user, in: address.tenant)
      })
  }
}

extension RunTools.Finished.Outcome {
  fileprivate static func error(_ text: String) -> Self { .result(ToolResult(content: text, isError: true), .done) }
}
