/**
 * What a connection tells of who the brake is and of the network between, since its last report. All are counts that
 * the kernel keeps for its socket, unless it says otherwise.
 */
export interface Signals {
  /** Time in µs, in steps of a jiffy, with something to send or not acknowledged, and limited by neither end. */
  readonly limitedNetworkUs: number
  /** Likewise, while the remote receive window was used up. */
  readonly limitedReceiverUs: number
  /** Likewise, while the own send buffer was. */
  readonly limitedSenderUs: number
  /** Of `pktsRetr`, SYNs excepted: those sent again in fast recovery. */
  readonly retrFast: number
  /** ... after a timeout, until all is acknowledged that was on its way then. */
  readonly retrTimeout: number
  /** ... by the timer that probes for a lost tail. */
  readonly retrTailProbe: number
  /** ... whose cause was not seen. */
  readonly retrOther: number
  /** Retransmission timeouts; always 0 before Linux 6.7. */
  readonly timeouts: number
  /** Segments with payload that came before one they follow. */
  readonly pktsRxOutOfOrder: number
  /** Segments sent again that the remote end had already (DSACK). */
  readonly pktsSpurious: number
  /** Segments delivered of which the remote end said that they had a CE mark (ECN). */
  readonly pktsCe: number
  /** Acknowledgements that showed that the network changed the order of segments. */
  readonly reorderings: number
  /** 1 if the own receive window was found at 0 by this report and not by the one before. */
  readonly windowsClosedTx: number
  /** Likewise the remote one. */
  readonly windowsClosedRx: number
}
