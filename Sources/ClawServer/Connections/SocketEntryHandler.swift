import NIOCore

/// Registers a connection in the socket table when it becomes active.
final class SocketEntryHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let sockets: SocketTable
  private let proxies: TrustedProxies

  init(sockets: SocketTable, proxies: TrustedProxies) {
    self.sockets = sockets
    self.proxies = proxies
  }

  func channelActive(context: ChannelHandlerContext) {
    let peer = NetworkAddress(context.channel.remoteAddress)
    // Behind a proxy, the client's address is in the head of its request.
    sockets.enter(context.channel, from: peer.flatMap { proxies.isTrusted($0) ? nil : $0.text })
    context.fireChannelActive()
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
  }
}
