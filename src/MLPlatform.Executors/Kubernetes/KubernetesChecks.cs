using System.ComponentModel.DataAnnotations;
using k8s;
using k8s.Exceptions;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Scheduling.Quotas;
using YamlDotNet.Core;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>Checks what settings say about clusters; a bad one stops the start.</summary>
internal sealed class KubernetesChecks : IValidateOptions<KubernetesOptions>
{
    public ValidateOptionsResult Validate(string? name, KubernetesOptions options)
    {
        List<string> wrong = [.. options.Clusters.SelectMany(c => Of(c.Key, c.Value).Select(w => $"KUBE-030 Kubernetes:Clusters:{c.Key}: {w}"))];
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }

    private static IEnumerable<string> Of(string name, ClusterSettings cluster)
    {
        List<ValidationResult> results = [];
        Validator.TryValidateObject(cluster, new ValidationContext(cluster), results, validateAllProperties: true);
        foreach (ValidationResult result in results)
            yield return result.ErrorMessage!;
        if (name == PoolDeclaration.Process)
            yield return "this name means the machine of the server. Call the cluster something else.";
        if (cluster.Kubeconfig is { } file && !File.Exists(file))
            yield return $"Kubeconfig names '{file}', which is not there.";
        else if (cluster.Kubeconfig is not null && Unusable(cluster) is { } why)
            yield return $"Kubeconfig '{cluster.Kubeconfig}' cannot be used: {why.TrimEnd('.')}.";
        if (cluster.Kubeconfig is null && Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is null)
            yield return "it has no Kubeconfig, and this server runs in no cluster. Set Kubeconfig.";
        if (!KubeNames.IsDns(cluster.Namespace))
            yield return $"Namespace '{cluster.Namespace}' is no name of a namespace (lower case letters, digits and -, at most 63).";
        if ((cluster.Claim is null) == (cluster.HostPath is null))
            yield return "exactly one of Claim and HostPath says where the home folder is.";
        if (cluster.HostPath is { } path && !Path.IsPathRooted(path))
            yield return $"HostPath '{path}' is no absolute path.";
        if (cluster.VolumeFolder.Split('/').Contains(".."))
            yield return $"VolumeFolder '{cluster.VolumeFolder}' leaves the volume.";
        if (cluster is { Mode: ClusterMode.Bind, Admission: not ClusterAdmission.None })
            yield return $"Mode Bind and Admission {cluster.Admission} both decide about pods. Set Admission to None, or Mode to Advise.";
        if (cluster.TrackingUri is { } uri && !(Uri.TryCreate(uri, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"))
            yield return $"TrackingUri '{uri}' is no http(s) address.";
        foreach ((string variable, string reference) in cluster.Secrets)
        {
            if (reference.Split('/') is not [{ Length: > 0 }, { Length: > 0 }])
                yield return $"Secrets:{variable} is '{reference}'; write SECRET/KEY.";
        }
    }

    private static string? Unusable(ClusterSettings cluster)
    {
        try
        {
            KubernetesClientConfiguration.BuildConfigFromConfigFile(new FileInfo(cluster.Kubeconfig!), cluster.Context);
            return null;
        }
        catch (Exception e) when (e is KubeConfigException or YamlException or InvalidOperationException or IOException or UnauthorizedAccessException or FormatException)
        {
            return e.Message.ReplaceLineEndings(" ");
        }
    }
}
