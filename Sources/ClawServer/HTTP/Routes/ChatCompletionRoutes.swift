import ClawCore
import ClawProtocol
import HTTPTypes
import HummingbirdCore

/// `POST /v1/chat/completions`
struct ChatCompletionRoutes: Sendable {
  let gateway: GatewayContext

  var all: [HTTPRoute] {
    [
      HTTPRoute(.post, "/v1/chat/completions", access: .role(.operator_), errors: .openAI, body: .large) {
        try await complete($0)
      }
    ]
  }

  private func complete(_ request: RouteRequest) async throws -> Response {
    let (accepted, form) = try await begin(request)
    let answer = ChatCompletionAnswer(
      accepted: accepted, form: form, gateway: gateway, created: gateway.time.now, channel: request.channel,
      revoked: request.open.map(gateway.openAnswers.whenRevoked))
    do {
      return form.isStreamed ? try await answer.streamed() : try await answer.whole()
    } catch {
      throw HTTPFailure(afterAccepting: error, run: accepted.run.rawValue)
    }
  }

  /// A separate function, so that the request is released once it is stored, and not kept until the response ends.
  private func begin(_ request: RouteRequest) async throws -> (AcceptedRun, ChatCompletionForm) {
    let plan = try await ChatCompletionPlan.make(
      for: try ChatCompletionBody(limit: gateway.configuration.limits.maxBodyBytes).decode(request.body),
      sentAs: request, services: gateway.services, now: gateway.time.now)
    let accepted = try await accept(plan)
    request.received.release()
    return (accepted, plan.form)
  }

  private func accept(_ plan: ChatCompletionPlan) async throws -> AcceptedRun {
    do {
      return try await gateway.services.chat.accept(plan.inbound, as: plan.form.principal)
    } catch let error as ClawError where error.code == .notFound {
      throw plan.unknownAgent ?? error
    } catch let error as ClawError where error.code == .failedPrecondition && plan.inbound.isEphemeral {
      throw HTTPFailure(error, param: "store")
    }
  }
}
