import ClawCore
import ClawJSON
import ClawProtocol
import HTTPTypes
import HummingbirdCore
import NIOCore

/// `POST /v1/chat/completions`
struct ChatCompletionRoutes: Sendable {
  let gateway: GatewayContext

  var all: [HTTPRoute] {
    [
      HTTPRoute(.post, "/v1/chat/completions", access: .role(.operator_), errors: .openAI, takesBody: true) {
        try await complete($0)
      }
    ]
  }

  private func complete(_ request: RouteRequest) async throws -> Response {
    let plan = try await ChatCompletionPlan.make(
      for: try decode(request.body), sentAs: request, services: gateway.services, now: gateway.time.now)
    let accepted = try await accept(plan)
    let answer = ChatCompletionAnswer(
      accepted: accepted, plan: plan, services: gateway.services, created: gateway.time.now,
      keepAlive: gateway.configuration.timing.sseKeepAlive, channel: request.channel)
    do {
      return plan.isStreamed ? try await answer.streamed() : try await answer.whole()
    } catch {
      var failure = HTTPFailure(wrapping: error)
      failure.headers[.runID] = accepted.run.rawValue
      throw failure
    }
  }

  private func accept(_ plan: ChatCompletionPlan) async throws -> AcceptedRun {
    do {
      return try await gateway.services.chat.accept(plan.inbound, as: plan.principal)
    } catch let error as ClawError where error.code == .notFound {
      throw plan.unknownAgent ?? error
    }
  }

  private func decode(_ body: ByteBuffer) throws(HTTPFailure) -> ChatCompletionRequest {
    do {
      let value = try body.withUnsafeReadableBytes { raw in
        Result { () throws(JSONError) in try JSONValue(parsing: raw) }
      }.get()
      return try value.decode(ChatCompletionRequest.self)
    } catch {
      if error.line != nil {
        throw .invalid("the body is not valid JSON: \(error)", param: nil)
      }
      throw .invalid(error.description, param: error.path.isEmpty ? nil : error.path)
    }
  }
}
