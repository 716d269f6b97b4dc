import AsyncHTTPClient
import ClawClient
import ClawProtocol
import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Checks whether a gateway is running, or could be started.
struct GatewayProbe: Sendable {
  let values: ConfigurationValues
  /// Nil if there is none.
  let token: String?
  var timeout: Duration = .seconds(3)

  func look() async -> [DoctorFinding] {
    let subject = "gateway"
    let address = GatewayAddress.web(of: values)
    do {
      var request = HTTPClientRequest(url: address + "/health")
      request.method = .GET
      let response = try await CommandHTTP.client.execute(request, timeout: TimeAmount(timeout))
      guard response.status == .ok else {
        return [notOurs(address, "answers /health with \(response.status.code)")]
      }
      return [.good(subject, "answers on \(address)"), await session()]
    } catch {
      return [await port(address)]
    }
  }

  /// Whether a gateway is running.
  var answers: Bool {
    get async {
      let request = HTTPClientRequest(url: GatewayAddress.web(of: values) + "/health")
      let response = try? await CommandHTTP.client.execute(request, timeout: TimeAmount(timeout))
      return response?.status == .ok
    }
  }

  /// Checks the token with the running gateway.
  private func session() async -> DoctorFinding {
    guard let token else { return .remark("access", "not tried: there is no token") }
    let configuration = ClientConfiguration(
      url: GatewayAddress.socket(of: values), token: token, clientName: "swiftclaw doctor",
      clientVersion: SwiftClawVersion.current, connectTimeout: timeout)
    do {
      let status = try await GatewayClient.withConnection(to: configuration) { try await $0.call(Status.self) }
      return .good("access", "the token is accepted (version \(status.version), \(status.store))")
    } catch {
      let failure = CommandFailure(explaining: error)
      return .bad(
        "access", failure?.status ?? .internalFault, failure?.message ?? "\(error)",
        "start the gateway again, so that it takes up the token")
    }
  }

  /// No gateway is running: checks whether the port is free.
  private func port(_ address: String) async -> DoctorFinding {
    let port = values[Settings.port]
    do {
      let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .bind(host: values[Settings.host], port: port).get()
      try await channel.close()
      return .remark("gateway", "is not running; port \(port) is free", "\(ProcessEnvironment.programName) serve")
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      return notOurs(address, "port \(port) is taken by another program")
    } catch {
      let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
      return .bad(
        "gateway", .unavailable, "can't listen on \(values[Settings.host]) port \(port): \(reason)",
        "choose another with SWIFTCLAW_HOST and SWIFTCLAW_PORT")
    }
  }

  private func notOurs(_ address: String, _ text: String) -> DoctorFinding {
    .bad(
      "gateway", .unavailable, "\(address): \(text)",
      "find it with: ss -ltnp 'sport = :\(values[Settings.port])', or choose another port with SWIFTCLAW_PORT")
  }
}
