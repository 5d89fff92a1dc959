extension NodeSchema {
  /// The schema in RELAX NG's XML syntax (ISO/IEC 19757-2), as the command line prints it for editors.
  public static let relaxNG = """
    <?xml version="1.0" encoding="UTF-8"?>
    <grammar xmlns="http://relaxng.org/ns/structure/1.0"
             datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
      <start>
        <element name="config">
          <optional>
            <attribute name="on-isolation"><choice><value>keep</value><value>stop</value></choice></attribute>
          </optional>
          <interleave>
            <ref name="foreign"/>
            <zeroOrMore><ref name="environment"/></zeroOrMore>
            <zeroOrMore><ref name="process"/></zeroOrMore>
            <zeroOrMore>
              <element name="probe">
                <attribute name="name">
                  <data type="token"><param name="pattern">[a-z][a-z0-9_-]{0,62}</param></data>
                </attribute>
                <optional><attribute name="every"><ref name="duration"/></attribute></optional>
                <optional><attribute name="timeout"><ref name="duration"/></attribute></optional>
                <optional>
                  <attribute name="failures">
                    <data type="integer"><param name="minInclusive">1</param><param name="maxInclusive">1000</param></data>
                  </attribute>
                </optional>
                <element name="executable"><text/></element>
                <zeroOrMore><element name="argument"><text/></element></zeroOrMore>
              </element>
            </zeroOrMore>
            <optional><ref name="isolation"/></optional>
          </interleave>
        </element>
      </start>
      <define name="environment">
        <element name="environment">
          <attribute name="name"><data type="string"><param name="pattern">[^=]+</param></data></attribute>
          <text/>
        </element>
      </define>
      <define name="isolation">
        <element name="isolation">
          <element name="executable"><text/></element>
          <zeroOrMore><element name="argument"><text/></element></zeroOrMore>
        </element>
      </define>
      <define name="process">
        <element name="process">
          <attribute name="name"/>
          <optional><attribute name="generation"/></optional>
          <optional>
            <attribute name="restart">
              <choice><value>always</value><value>on-failure</value><value>never</value></choice>
            </attribute>
          </optional>
          <optional>
            <attribute name="refresh">
              <choice><value>event</value><ref name="duration"/></choice>
            </attribute>
          </optional>
          <optional><attribute name="reload"/></optional>
          <optional><attribute name="reload-interval"><ref name="duration"/></attribute></optional>
          <optional>
            <attribute name="on-agent-exit"><choice><value>keep</value><value>stop</value></choice></attribute>
          </optional>
          <optional>
            <attribute name="on-isolation">
              <choice><value>keep</value><value>stop</value><value>command</value></choice>
            </attribute>
          </optional>
          <optional>
            <attribute name="data"><choice><value>keep</value><value>remove</value></choice></attribute>
          </optional>
          <optional>
            <attribute name="umask"><data type="token"><param name="pattern">0?[0-7]{1,3}</param></data></attribute>
          </optional>
          <optional>
            <attribute name="nice">
              <data type="integer"><param name="minInclusive">-20</param><param name="maxInclusive">19</param></data>
            </attribute>
          </optional>
          <optional>
            <attribute name="no-new-privileges"><choice><value>yes</value><value>no</value></choice></attribute>
          </optional>
          <interleave>
            <ref name="foreign"/>
            <element name="executable"><text/></element>
            <zeroOrMore><element name="argument"><text/></element></zeroOrMore>
            <zeroOrMore><ref name="environment"/></zeroOrMore>
            <optional><element name="folder"><text/></element></optional>
            <optional><element name="user"><text/></element></optional>
            <optional><element name="group"><text/></element></optional>
            <zeroOrMore><element name="supplementary-group"><text/></element></zeroOrMore>
            <zeroOrMore><element name="watch"><text/></element></zeroOrMore>
            <zeroOrMore>
              <element name="reload"><attribute name="of"/><attribute name="by"/></element>
            </zeroOrMore>
            <zeroOrMore>
              <element name="limit">
                <attribute name="name">
                  <choice>
                    <value>as</value><value>core</value><value>cpu</value><value>data</value><value>fsize</value>
                    <value>memlock</value><value>nofile</value><value>nproc</value><value>stack</value>
                  </choice>
                </attribute>
                <attribute name="soft"><ref name="amount"/></attribute>
                <optional><attribute name="hard"><ref name="amount"/></attribute></optional>
              </element>
            </zeroOrMore>
            <optional>
              <element name="cgroup">
                <optional>
                  <attribute name="cpu-max">
                    <data type="token"><param name="pattern">[1-9][0-9]{0,5}%</param></data>
                  </attribute>
                </optional>
                <optional>
                  <attribute name="cpu-weight">
                    <data type="integer"><param name="minInclusive">1</param><param name="maxInclusive">10000</param></data>
                  </attribute>
                </optional>
                <optional><attribute name="memory-max"><ref name="bytes"/></attribute></optional>
                <optional><attribute name="memory-high"><ref name="bytes"/></attribute></optional>
                <optional>
                  <attribute name="pids-max">
                    <data type="integer"><param name="minInclusive">1</param><param name="maxInclusive">4194304</param></data>
                  </attribute>
                </optional>
                <optional>
                  <attribute name="required"><choice><value>yes</value><value>no</value></choice></attribute>
                </optional>
              </element>
            </optional>
            <zeroOrMore>
              <element name="no-restart">
                <attribute name="exit">
                  <data type="integer"><param name="minInclusive">0</param><param name="maxInclusive">255</param></data>
                </attribute>
              </element>
            </zeroOrMore>
            <optional>
              <element name="start-limit">
                <attribute name="count">
                  <data type="integer"><param name="minInclusive">0</param><param name="maxInclusive">1000</param></data>
                </attribute>
                <attribute name="within"><ref name="duration"/></attribute>
              </element>
            </optional>
            <optional>
              <element name="ready">
                <ref name="probe"/>
                <optional><attribute name="within"><ref name="duration"/></attribute></optional>
              </element>
            </optional>
            <optional>
              <element name="alive">
                <ref name="probe"/>
                <optional>
                  <attribute name="failures">
                    <data type="integer"><param name="minInclusive">1</param><param name="maxInclusive">1000</param></data>
                  </attribute>
                </optional>
              </element>
            </optional>
            <optional><ref name="isolation"/></optional>
            <optional>
              <element name="stale"><attribute name="after"><ref name="duration"/></attribute></element>
            </optional>
            <optional>
              <element name="log">
                <optional>
                  <attribute name="size">
                    <data type="token"><param name="pattern">[0-9]{1,12}[KMG]?</param></data>
                  </attribute>
                </optional>
                <optional>
                  <attribute name="keep">
                    <data type="integer"><param name="minInclusive">0</param><param name="maxInclusive">99</param></data>
                  </attribute>
                </optional>
              </element>
            </optional>
            <optional>
              <element name="stop">
                <optional><attribute name="signal"/></optional>
                <optional><attribute name="grace"><ref name="duration"/></attribute></optional>
              </element>
            </optional>
            <optional>
              <element name="back-off">
                <optional><attribute name="initial"><ref name="duration"/></attribute></optional>
                <optional>
                  <attribute name="factor">
                    <data type="integer">
                      <param name="minInclusive">1</param><param name="maxInclusive">100</param>
                    </data>
                  </attribute>
                </optional>
                <optional><attribute name="limit"><ref name="duration"/></attribute></optional>
                <optional><attribute name="healthy"><ref name="duration"/></attribute></optional>
                <optional>
                  <attribute name="jitter">
                    <data type="token"><param name="pattern">(100|[0-9]{1,2})%</param></data>
                  </attribute>
                </optional>
              </element>
            </optional>
          </interleave>
        </element>
      </define>
      <define name="probe">
        <attribute name="by">
          <choice><value>notify</value><value>file</value><value>tcp</value><value>command</value></choice>
        </attribute>
        <optional><attribute name="name"/></optional>
        <optional><attribute name="address"/></optional>
        <optional><attribute name="every"><ref name="duration"/></attribute></optional>
        <optional><attribute name="timeout"><ref name="duration"/></attribute></optional>
        <optional><element name="executable"><text/></element></optional>
        <zeroOrMore><element name="argument"><text/></element></zeroOrMore>
      </define>
      <define name="duration">
        <data type="token"><param name="pattern">[0-9]{1,9}(\\.[0-9]{1,3})?(ms|s|m|h)?</param></data>
      </define>
      <define name="amount">
        <data type="token"><param name="pattern">[0-9]{1,15}[KMG]?|infinity</param></data>
      </define>
      <define name="bytes">
        <data type="token"><param name="pattern">[0-9]{1,15}[KMG]?</param></data>
      </define>
      <define name="foreign">
        <zeroOrMore>
          <choice>
            <element><anyName><except><nsName ns=""/></except></anyName><ref name="anything"/></element>
            <attribute><anyName><except><nsName ns=""/></except></anyName></attribute>
          </choice>
        </zeroOrMore>
      </define>
      <define name="anything">
        <zeroOrMore>
          <choice>
            <element><anyName/><ref name="anything"/></element>
            <attribute><anyName/></attribute>
            <text/>
          </choice>
        </zeroOrMore>
      </define>
    </grammar>

    """
}
