import ClawCore
import ClawJSON
import ClawTesting
import Testing

@testable import ClawModels

@Suite("Options that a provider does not take")
struct RefusedFieldTests {
  struct Refusal: Sendable, CustomTestStringConvertible {
    var field: String
    var status = 400
    var body: String
    var testDescription: String { "\(status) \(body)" }
  }

  static let refusals: [Refusal] = [
    Refusal(
      field: "stream_options", status: 422,
      body:
        #"{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}"#
    ),
    Refusal(
      field: "stream_options", status: 422, body: #"{"message":"body.stream_options: extra fields not permitted"}"#),
    Refusal(
      field: "temperature",
      body: #"{"error":{"message":"`temperature` is deprecated for this model.","type":"invalid_request_error"}}"#),
    Refusal(
      field: "temperature",
      body:
        #"{"error":{"message":"Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported.","param":"temperature","code":"unsupported_value"}}"#
    ),
    Refusal(
      field: "stop", body: #"{"error":{"message":"Unsupported parameter: 'stop' is not supported","param":"stop"}}"#),
    Refusal(field: "seed", body: #"{"error":{"message":"unknown field \"seed\""}}"#),
    Refusal(field: "top_p", body: #"{"error":{"message":"property top_p is unsupported"}}"#),
  ]

  static let request: ModelRequest = {
    var request = ModelRequest.hello
    request.sampling = SamplingOptions(temperature: 0.5, topP: 0.9, maxOutputTokens: 100, stop: ["END"], seed: 7)
    return request
  }()

  @Test(
    "a refusal that names an optional field is asked once more without it, which is remembered", arguments: refusals)
  func withoutField(_ refusal: Refusal) async throws {
    try await Bench.run { bench in
      bench.server.respond { request in
        request.body[refusal.field] == nil ? .text("ok") : .status(refusal.status, body: refusal.body)
      }
      #expect(try await bench.ask(Self.request).text == "ok")
      #expect(bench.server.requests.count == 2)
      #expect(try await bench.ask(Self.request).text == "ok")
      #expect(bench.server.requests.count == 3)
      let (first, second) = (bench.server.requests[0].body, bench.server.requests[1].body)
      var expected = first.objectValue ?? [:]
      expected["\(refusal.field)"] = nil
      #expect(second == .object(expected))
      // Fields rejected by one model are still sent to others.
      _ = try await bench.ask(Self.request, Bench.sibling)
      #expect(bench.server.requests[3].body[refusal.field] != nil)
    }
  }

  @Test("a stop sequence that is refused is cut by the gateway from then on")
  func stop() async throws {
    try await Bench.run { bench in
      bench.server.respond { request in
        request.body["stop"] == nil ? .text("one END two") : .status(400, body: Self.refusals[4].body)
      }
      let recorder = Recorder()
      let reply = try await bench.ask(Self.request, into: recorder)
      #expect(reply.text == "one " && recorder.text == "one ")
    }
  }

  @Test("the limit of the answer goes by its other name where the one is refused")
  func otherName() async throws {
    try await Bench.run { bench in
      bench.server.respond { request in
        guard request.body["max_tokens"] != nil else { return .text("ok") }
        return .status(
          400,
          body:
            #"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens"}}"#
        )
      }
      _ = try await bench.ask(Self.request)
      #expect(bench.server.requests.last?.body["max_completion_tokens"] == 100)
    }
  }

  @Test(
    "a value out of bounds is the caller's fault: nothing is left out, and nothing remembered",
    arguments: [
      #"{"error":{"message":"temperature must be between 0 and 2","param":"temperature"}}"#,
      #"{"error":{"message":"max_tokens is too large: 200000"}}"#,
      #"{"error":{"message":"the last message must be from the user"}}"#,
      #"{"error":{"message":"stop that"}}"#,
    ])
  func values(_ body: String) async throws {
    try await Bench.run { bench in
      bench.server.enqueue(.status(400, body: body))
      let error = try #require(try await bench.failure(Self.request))
      #expect(error.code == .invalidRequest)
      #expect(bench.server.requests.count == 1)
    }
  }

  @Test("a field that was left out in vain is not remembered")
  func inVain() async throws {
    try await Bench.run { bench in
      bench.server.enqueue(.status(400, body: Self.refusals[5].body), .status(400, body: #"{"error":"no"}"#))
      _ = try #require(try await bench.failure(Self.request))
      _ = try await bench.ask(Self.request)
      #expect(bench.server.requests[1].body["seed"] == nil)
      #expect(bench.server.requests[2].body["seed"] == 7)
    }
  }

  @Test("Anthropic's demanded limit is lowered instead of left out")
  func anthropic() async throws {
    try await Bench.run { bench in
      bench.server.respond { request in
        request.body["max_tokens"]?.intValue ?? 0 > 4096
          ? .status(400, body: #"{"error":{"type":"invalid_request_error","message":"max_tokens: unsupported"}}"#)
          : .text("ok")
      }
      let answer = try await bench.ask(.hello, Bench.claude)
      #expect(answer.text == "ok")
      #expect(bench.server.requests.last?.body["max_tokens"] == 4096)
    }
  }
}
