using System.Diagnostics;
using System.Text.Json.Nodes;
using MLPlatform.Tests;
using MLPlatform.Tests.Kubernetes.Schemas;
using Xunit;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>The tests' own check of schemas beside a validator that is not ours, Debian's python3-jsonschema: both refuse the same mutants.</summary>
public sealed class SchemaCheckTests
{
    private const string Python = "/usr/bin/python3";

    private const string Script = """
        import json, sys
        from jsonschema.validators import validator_for
        answers = []
        for case in json.load(sys.stdin):
            schema = json.load(open(case["schema"]))
            validator = validator_for(schema)(schema)
            answers.append([validator.is_valid(value) for value in case["values"]])
        print(json.dumps(answers))
        """;

    private const string Objects = """
        apiVersion: v1
        kind: Pod
        metadata: { name: p, labels: { a: b } }
        spec:
          automountServiceAccountToken: false
          containers:
          - name: c
            image: example:1
            ports: [ { containerPort: 80 } ]
            readinessProbe: { httpGet: { path: /, port: 80 }, periodSeconds: 3 }
            resources: { limits: { cpu: 2, memory: 1Gi } }
            env: [ { name: A, valueFrom: { secretKeyRef: { name: s, key: k } } } ]
        ---
        apiVersion: jobset.x-k8s.io/v1alpha2
        kind: JobSet
        metadata: { name: s }
        spec:
          suspend: true
          network: { enableDNSHostnames: true }
          failurePolicy: { maxRestarts: 0, rules: [ { name: r, action: FailJobSet, onJobFailureReasons: [ BackoffLimitExceeded ] } ] }
          replicatedJobs:
          - { name: worker, replicas: 1, template: { spec: { completions: 2, completionMode: Indexed, template: { spec: { restartPolicy: Never, containers: [ { name: c, image: e } ] } } } } }
        ---
        apiVersion: kueue.x-k8s.io/v1beta2
        kind: ClusterQueue
        metadata: { name: q }
        spec:
          cohortName: c
          namespaceSelector: { matchLabels: { a: b } }
          preemption: { reclaimWithinCohort: Any }
          resourceGroups: [ { coveredResources: [ cpu ], flavors: [ { name: f, resources: [ { name: cpu, nominalQuota: 4, borrowingLimit: 500m } ] } ] } ]
        ---
        apiVersion: kueue.x-k8s.io/v1beta2
        kind: ResourceFlavor
        metadata: { name: f }
        spec: { nodeLabels: { a: b }, tolerations: [ { key: k, operator: Exists } ] }
        """;

    [Fact]
    public void Both_validators_refuse_the_same_mutants()
    {
        SharedData.File("k8s-schemas");
        if (!File.Exists(Python) || Run("import jsonschema", "").Code != 0)
            Assert.Skip("python3-jsonschema is not installed");
        (string Schema, JsonNode[] Values)[] cases =
        [
            .. ManifestReader.Read(Objects).Select(o => (KubernetesSchemas.FilesOf(o)[^1], (JsonNode[])[o, .. Mutants(o)])),
        ];
        JsonArray sent = [.. cases.Select(c => new JsonObject { ["schema"] = SharedData.File(Path.Combine("k8s-schemas", c.Schema)), ["values"] = new JsonArray([.. c.Values.Select(v => v.DeepClone())]) })];
        (int code, string output, string error) = Run(Script, sent.ToJsonString());
        Assert.True(code == 0, error);
        int refused = 0, accepted = 0;
        foreach (((string schema, JsonNode[] values), JsonNode? answers) in cases.Zip(JsonNode.Parse(output)!.AsArray()))
        {
            Assert.True((bool)answers![0]!, $"{schema} refuses what is right");
            foreach ((JsonNode value, bool theirs) in values.Zip(answers.AsArray().Select(a => (bool)a!)))
            {
                bool ours = SchemaCheck.Errors(value, KubernetesSchemas.Load(schema)).Count == 0;
                Assert.True(ours == theirs, $"python3-jsonschema says {theirs}, we say {ours} of {value.ToJsonString()}");
                _ = theirs ? accepted++ : refused++;
            }
        }
        Assert.True(refused > 200 && accepted > 50, $"{refused} refused, {accepted} accepted");
    }

    // Every value in turn left out, of each other type, and under a name that is not its own.
    private static IEnumerable<JsonNode> Mutants(JsonObject right)
    {
        foreach (string path in KubernetesRules.Walk(right, "").SelectMany(o => o.Node.Select(p => $"{o.Path}\n{p.Key}")))
        {
            (string where, string name) = (path.Split('\n')[0], path.Split('\n')[1]);
            foreach (JsonNode? other in (JsonNode?[])[null, "text", "", 5, -1, 1.5, true, new JsonArray("a"), new JsonArray(), new JsonObject { ["b"] = "c" }, new JsonObject()])
            {
                JsonObject mutant = right.DeepClone().AsObject();
                At(mutant, where)[name] = other?.DeepClone();
                yield return mutant;
            }
            JsonObject without = right.DeepClone().AsObject(), renamed = right.DeepClone().AsObject();
            At(without, where).Remove(name);
            yield return without;
            JsonObject at = At(renamed, where);
            JsonNode? value = at[name];
            at.Remove(name);
            at[name + "s"] = value;
            yield return renamed;
        }
    }

    private static JsonObject At(JsonObject root, string path) => KubernetesRules.Walk(root, "").First(o => o.Path == path).Node;

    private static (int Code, string Output, string Error) Run(string script, string input)
    {
        ProcessStartInfo start = new(Python, ["-c", script]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return (process.ExitCode, output.Result, error.Result);
    }
}
