using System.Text;
using MLPlatform.Core.Workspaces;
using Xunit;

namespace MLPlatform.Tests.Workspaces;

public sealed class KernelTalkTests
{
    private const string Cell = """{"header":{"date":"","msg_id":"c1","msg_type":"execute_request","version":"5.3"},"metadata":{"a":[{}]},"content":{"code":"x"},"buffers":[],"parent_header":{},"channel":"shell"}""";

    public static TheoryData<string, string, bool> Answers => new()
    {
        { "the kernel is idle again", """{"header":{"msg_id":"k1","msg_type":"status"},"msg_id":"k1","msg_type":"status","parent_header":{"msg_id":"c1","msg_type":"execute_request"},"content":{"execution_state":"idle"}}""", false },
        { "the content comes first", """{"content":{"execution_state":"idle"},"parent_header":{"msg_id":"c1"},"header":{"msg_type":"status"}}""", false },
        { "it is busy", """{"header":{"msg_id":"k1","msg_type":"status"},"parent_header":{"msg_id":"c1"},"content":{"execution_state":"busy"}}""", true },
        { "it is idle after another message", """{"header":{"msg_id":"k1","msg_type":"status"},"parent_header":{"msg_id":"c0"},"content":{"execution_state":"idle"}}""", true },
        { "it was aborted behind one that failed", """{"header":{"msg_id":"k1","msg_type":"execute_reply"},"parent_header":{"msg_id":"c1"},"content":{"status":"aborted"}}""", false },
        { "an answer of which only the beginning is kept", """{"header":{"msg_id":"k1","msg_type":"execute_reply"},"msg_id":"k1","parent_header":{"msg_id":"c1"},"metadata":{"a":"lon""", false },
        { "the kernel died", """{"header":{"msg_id":"k1","msg_type":"status"},"parent_header":{},"content":{"execution_state":"restarting"}}""", false },
        { "the kernel begins", """{"header":{"msg_id":"k1","msg_type":"status"},"parent_header":{},"content":{"execution_state":"starting"}}""", true },
        { "it prints what looks like an end", """{"header":{"msg_id":"k1","msg_type":"stream"},"parent_header":{"msg_id":"c1"},"content":{"text":"idle","execution_state":"idle"}}""", true },
        { "no JSON", "{]", true }, { "no object", "[1]", true }, { "nothing", "", true }, { "numbers for names", """{"header":{"msg_type":1,"msg_id":{}},"parent_header":"c1"}""", true },
    };

    [Theory, MemberData(nameof(Answers))]
    public void A_cell_runs_until_its_end_is_told(string _, string told, bool runs)
    {
        KernelTalk talk = new();
        Assert.False(talk.Runs);
        talk.Asked(Encoding.UTF8.GetBytes(Cell));
        Assert.True(talk.Runs);
        talk.Told(Encoding.UTF8.GetBytes(told));
        Assert.Equal(runs, talk.Runs);
    }

    public static TheoryData<string, string, bool> Asks => new()
    {
        { "a cell as JupyterLab writes it", """{"buffers":[],"channel":"shell","content":{"code":"x","silent":false},"header":{"msg_id":"c2","msg_type":"execute_request"},"metadata":{},"parent_header":{}}""", true },
        { "a long cell, cut", $$$"""{"header":{"msg_id":"c2","msg_type":"execute_request"},"content":{"code":"{{{new string('x', 50)}}}""", true },
        { "what a page asks by itself", """{"header":{"msg_id":"c2","msg_type":"kernel_info_request"},"content":{}}""", false },
        { "no number", """{"header":{"msg_type":"execute_request"},"content":{}}""", false },
        { "text that is no UTF-8", "{\"header\":{\"msg_id\":\"\u00ff", false },
    };

    [Theory, MemberData(nameof(Asks))]
    public void Only_a_cell_is_something_that_runs(string _, string asked, bool runs)
    {
        KernelTalk talk = new();
        talk.Asked(Encoding.Latin1.GetBytes(asked));
        Assert.Equal(runs, talk.Runs);
        talk.Forget();
        Assert.False(talk.Runs);
    }

    [Fact]
    public void Two_cells_are_done_when_both_are()
    {
        KernelTalk talk = new();
        talk.Asked(Encoding.UTF8.GetBytes(Cell));
        talk.Asked(Encoding.UTF8.GetBytes(Cell.Replace("c1", "c2", StringComparison.Ordinal)));
        string idle = """{"header":{"msg_type":"status"},"parent_header":{"msg_id":"c1"},"content":{"execution_state":"idle"}}""";
        talk.Told(Encoding.UTF8.GetBytes(idle));
        Assert.True(talk.Runs);
        talk.Told(Encoding.UTF8.GetBytes(idle.Replace("c1", "c2", StringComparison.Ordinal)));
        Assert.False(talk.Runs);
    }
}
