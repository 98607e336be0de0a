import type {
  ContainerDirectory,
  ContainerFacts,
} from '../../../src/identity/container/directory.ts'
import type { PodDirectory, PodFacts } from '../../../src/identity/kubernetes/directory.ts'

/** As `docker inspect` tells of a service that `docker compose` started. */
export const composeContainer: ContainerFacts = {
  id: '3ac4a5b6c7d8e9f00112233445566778899aabbccddeeff00112233445566778',
  name: 'shop-cart-1',
  imageName: 'registry.example/cart',
  imageTags: ['1.4.2'],
  runtime: 'docker',
  labels: new Map([
    ['com.docker.compose.project', 'shop'],
    ['com.docker.compose.service', 'cart'],
    ['team', 'checkout'],
  ]),
  shownLabels: new Set(['team']),
}

export const cartPod: PodFacts = {
  uid: '8a3c8a3c-1111-2222-3333-444455556666',
  namespace: 'shop',
  name: 'cart-7d9f8b6c5-x2x4q',
  containerName: 'app',
  attributes: {
    'k8s.namespace.name': 'shop',
    'k8s.pod.name': 'cart-7d9f8b6c5-x2x4q',
    'k8s.pod.uid': '8a3c8a3c-1111-2222-3333-444455556666',
    'k8s.deployment.name': 'cart',
    'k8s.container.name': 'app',
  },
  resourceAnnotations: new Map(),
  serviceLabels: new Map(),
  ownerName: 'cart',
}

/** Answers what it was last told, as the directories of runtimes and clusters do. */
export class Containers implements ContainerDirectory {
  epoch = 0
  readonly #facts = new Map<string, ContainerFacts>()

  tell(facts: ContainerFacts): void {
    this.#facts.set(facts.id, facts)
    this.epoch += 1
  }

  forget(id: string): void {
    this.#facts.delete(id)
    this.epoch += 1
  }

  find(id: string): ContainerFacts | undefined {
    return this.#facts.get(id)
  }
}

/** Containers of pods by their ids; a pod by its uid where the container is not known. */
export class Pods implements PodDirectory {
  epoch = 0
  readonly #facts = new Map<string, PodFacts>()

  tell(containerId: string, facts: PodFacts): void {
    this.#facts.set(containerId, facts)
    this.#facts.set(facts.uid, { ...facts, containerName: undefined })
    this.epoch += 1
  }

  find(containerId: string | undefined, podUid: string | undefined): PodFacts | undefined {
    return this.#facts.get(containerId ?? '') ?? this.#facts.get(podUid ?? '')
  }
}
